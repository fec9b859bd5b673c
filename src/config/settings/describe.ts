import { flagName, isFlag, type Setting } from "./setting.ts";

/** A setting's flags as --help shows them: `-t, --timeout [PATH=]SECONDS`, `--static | --no-static`, `--no-access-log`. */
export function flagUsage(name: string, setting: Setting): string {
  const short = setting.short ? `-${setting.short}, ` : "";
  const flag = flagName(name);
  if (!isFlag(setting)) return `${short}--${flag} ${setting.placeholder ?? ""}`;
  if (setting.kind === "auto") return `${short}--${flag} | --no-${flag}`;
  return setting.default === true ? `--no-${flag}` : `${short}--${flag}`;
}

/** The default in words. */
export function defaultText(setting: Setting): string {
  const { defaultText, default: value, none } = setting;
  if (defaultText) return defaultText;
  if (value === null) return none?.means ?? "none";
  if (Array.isArray(value)) return value.length > 0 ? value.join(" ") : "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  return String(value);
}

/** How a flag sets the setting to `null`: `--timeout 0`, `--user ""`. Null for a setting that cannot be null. */
export function noneFlag(name: string, { none }: Setting): string | null {
  return none ? `--${flagName(name)} ${none.text || '""'}` : null;
}

/** The type of a setting's value in TypeScript. */
export function typeText(setting: Setting): string {
  const base = baseType(setting);
  const type = setting.none ? `${base} | null` : base;
  if (setting.byPath === "only") return `Readonly<Record<string, ${type}>>`;
  return setting.byPath ? `ByPath<${type}>` : type;
}

function baseType({ kind, choices }: Setting): string {
  switch (kind) {
    case "text":
      return "string";
    case "list":
      return "string[]";
    case "whole":
    case "seconds":
    case "bytes":
      return "number";
    case "switch":
      return "boolean";
    case "auto":
      return 'boolean | "auto"';
    case "choice":
      return (choices ?? []).map((each) => JSON.stringify(each)).join(" | ");
    case "variables":
      return "Variables";
    case "workers":
      return "Workers";
    case "staticMap":
      return "StaticMap";
    case "headers":
      return "HeadersByPath";
  }
}

/** What changes the setting of a running server. */
export function appliedByText({ appliedBy }: Setting): string {
  if (appliedBy === "restart") return "a restart";
  return appliedBy === "upgrade" ? "an upgrade or a restart" : "a reload";
}
