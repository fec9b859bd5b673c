import { basename } from "node:path";
import { QuintetError } from "../../shared/errors.ts";
import { checkSetting } from "../settings/check-setting.ts";
import { type Counterpart, gunicornCounterparts, uwsgiCounterparts } from "./counterparts.ts";
import { type ForeignSetting, readPythonConfig, readUwsgiConfig } from "./read-config.ts";

/** The error shows no more settings than this. */
const MAX_SHOWN = 60;

const ADVICE =
  "Write a quintet.config.ts. In the folder that is served it is found without --config.";

/**
 * Refuse another server's config file, and show the same settings as a config file of ours. The file is never run.
 *
 * @param python the setting `python`
 * @throws {QuintetError} QUINTET_CONFIG, unless the file is TypeScript or JavaScript
 */
export function refuseForeignConfig(file: string, python: string | null): void {
  if (/\.[cm]?[jt]s$/.test(file)) return;
  let found: ForeignSetting[] | null = null;
  let server = "";
  let counterparts = new Map<string, Counterpart>();
  if (file.endsWith(".py")) {
    [server, counterparts] = ["Gunicorn", gunicornCounterparts()];
    found = readPythonConfig(file, python);
  } else if (file.endsWith(".ini")) {
    found = readUwsgiConfig(file);
    if (found) [server, counterparts] = ["uWSGI", uwsgiCounterparts()];
  }
  const why = server
    ? `it is a config file for ${server}. Config files for Quintet are TypeScript or JavaScript`
    : "a config file must be TypeScript or JavaScript";
  const translation = found ? translated(found, counterparts, basename(file)) : "";
  throw new QuintetError("QUINTET_CONFIG", `Cannot read ${file}: ${why}.`, {
    advice: `${ADVICE}\n${translation}`.trimEnd(),
  });
}

/** A config file of ours. Settings whose value is unknown are comments. */
function translated(
  found: ForeignSetting[],
  counterparts: Map<string, Counterpart>,
  name: string,
): string {
  const written = new Set<string>();
  const known: string[] = [];
  const unknown = new Set<string>();
  for (const each of found) {
    const counterpart = counterparts.get(each.name);
    if (counterpart === undefined) unknown.add(each.name);
    else known.push(translatedLine(each, counterpart, written));
  }
  const lines = known.slice(0, MAX_SHOWN);
  if (unknown.size > 0) lines.push(`// Unknown: ${[...unknown].slice(0, MAX_SHOWN).join(", ")}`);
  if (known.length > MAX_SHOWN) lines.push(`// and ${known.length - MAX_SHOWN} more`);
  return `${name} corresponds to:

import { defineConfig } from "quintet/config";

export default defineConfig({
${lines.map((line) => `  ${line}`).join("\n")}
});`;
}

/** @param written the settings that already have a line: the first of several wins */
function translatedLine(
  each: ForeignSetting,
  counterpart: Counterpart,
  written: Set<string>,
): string {
  const { setting, note } = counterpart;
  if (each.condition) return `// ${each.source}: only with ${each.condition}`;
  if (setting === null) return `// ${each.source}: ${note}`;
  const value = each.literal ? valueOf(each, counterpart) : undefined;
  if (value === undefined || written.has(setting))
    return `// ${setting}: ${each.source}${note ? `: ${note}` : ""}`;
  written.add(setting);
  return `${setting}: ${JSON.stringify(value)},${note ? ` // ${note}` : ""}`;
}

/** The value for our setting; undefined if our setting cannot have it. */
function valueOf({ name, value }: ForeignSetting, { setting, convert }: Counterpart): unknown {
  const ours = convert(value);
  // None means the other server's default, unless a conversion turns it into null.
  if (setting === null || ours === undefined || (ours === null && value === null)) return undefined;
  try {
    return checkSetting(setting, ours, name);
  } catch {
    return undefined;
  }
}
