import { isPattern, PATTERN_FORMS } from "../../shared/by-path.ts";
import { QuintetError } from "../../shared/errors.ts";
import { ADDRESS_FORMS, parseAddress, wrongAbstract } from "../values/address.ts";
import { isPrefix, isTrusted, TRUSTED_FORMS } from "../values/trusted-proxies.ts";
import { parseWarmupTarget, WARMUP_FORMS } from "../values/warmup-target.ts";
import { parseWorkers, WORKERS_FORMS } from "../values/worker-range.ts";
import { readHeaders } from "../values/headers.ts";
import { readStaticMap } from "../values/static-map.ts";
import type { Settings } from "../settings.ts";
import { type Kind, type Setting, settingsTable } from "./table.ts";

/**
 * A value as its setting wants it, from text or from a value of the right type.
 *
 * @throws {QuintetError} QUINTET_SETTING, naming the setting, its source, the value and what would be right
 */
export function checkSetting(name: keyof Settings, value: unknown, source: string): unknown {
  return settingsTable[name].byPath
    ? checkByPath(name, value, source)
    : checkValue(name, value, source);
}

/** A value for all paths stays one; else a record. On the command line it is a list of texts: `/upload/*=false`, `true`. */
function checkByPath(name: keyof Settings, value: unknown, source: string): unknown {
  let pairs: [string, unknown][];
  if (Array.isArray(value)) {
    pairs = value.map((text: string) => {
      const mark = text.lastIndexOf("=");
      return mark < 0 ? ["*", text] : [text.slice(0, mark), text.slice(mark + 1)];
    });
  } else if (typeof value === "object" && value !== null) pairs = Object.entries(value);
  else pairs = [["*", value]];
  const only = settingsTable[name].byPath === "only";
  const checked = pairs.map(([pattern, each]) => {
    if (only && pattern === "*") refuse(name, each, "for a path, such as /healthz=1", source);
    if (!isPattern(pattern)) refuse(name, pattern, `for ${PATTERN_FORMS}`, source);
    return [pattern, checkValue(name, each, source)];
  });
  const record = Object.fromEntries(checked) as Record<string, unknown>;
  return checked.every(([pattern]) => pattern === "*") && checked.length > 0 ? record["*"] : record;
}

function refuse(name: keyof Settings, wrong: unknown, expected: string, source: string): never {
  const message = `${source}: ${name} is ${JSON.stringify(wrong)}, and should be ${expected}.`;
  throw new QuintetError("QUINTET_SETTING", message);
}

function checkValue(name: keyof Settings, value: unknown, source: string): unknown {
  const setting: Setting<unknown> = settingsTable[name];
  const refused = (expected: string, ...wrong: unknown[]): never =>
    refuse(name, wrong.length > 0 ? wrong[0] : value, expected, source);
  switch (setting.kind) {
    case "text":
      if (typeof value !== "string") return refused("a text");
      if (name === "mount" && !isPrefix(value)) return refused("a path, such as /shop");
      return name === "livenessPath" && !/^(\/[^*?#]*)?$/.test(value)
        ? refused("a path, such as /livez")
        : value;
    case "list": {
      const list = typeof value === "string" ? [value] : value;
      const good = Array.isArray(list) && list.every((each) => typeof each === "string");
      if (!good)
        return refused(`a list of texts${name === "env" ? ', such as ["NAME=value"]' : ""}`);
      const wrong = list.find((each: string) => !isItem(name, each));
      if (wrong !== undefined) {
        const abstract = name === "bind" ? wrongAbstract(wrong) : null;
        return refused(abstract ?? (EXPECTED_ITEM[name] as string), wrong);
      }
      return name === "bind" && list.length === 0 ? refused(EXPECTED_ITEM.bind as string) : list;
    }
    case "choice":
      return setting.choices?.includes(value as string)
        ? value
        : refused(`one of ${setting.choices?.join(", ")}`);
    case "auto":
    case "switch": {
      const isAuto = setting.kind === "auto";
      if (typeof value === "boolean" || (isAuto && value === "auto")) return value;
      if (value === "1" || value === "true" || value === "yes") return true;
      if (value === "0" || value === "false" || value === "no") return false;
      return refused(isAuto ? "true, false or auto" : "true or false");
    }
    case "staticMap":
      return readStaticMap(value, refused);
    case "headers":
      return readHeaders(value, refused);
    case "workers":
      return parseWorkers(value) ?? refused(WORKERS_FORMS);
    default: {
      const number = typeof value === "number" ? value : parseNumber(value, setting.kind);
      const min = setting.min ?? 0;
      const max = setting.max ?? (setting.kind === "seconds" ? 86_400 : Number.MAX_SAFE_INTEGER);
      const whole = setting.kind === "seconds" || Number.isInteger(number);
      if (!(number >= min && number <= max) || !whole) {
        const what = {
          whole: "a whole number",
          seconds: "seconds",
          bytes: "bytes, such as 65536 or 64k",
        };
        return refused(`${what[setting.kind]} from ${min} to ${max}`);
      }
      return number;
    }
  }
}

/** What an element of a list should be. */
const EXPECTED_ITEM: { [Name in keyof Settings]?: string } = {
  bind: ADDRESS_FORMS,
  env: "NAME=value",
  forwardedAllowIps: TRUSTED_FORMS,
  warmup: WARMUP_FORMS,
};

function isItem(name: keyof Settings, text: string): boolean {
  if (name === "bind") return parseAddress(text) !== null;
  if (name === "forwardedAllowIps") return isTrusted(text);
  if (name === "warmup") return parseWarmupTarget(text) !== null;
  return name !== "env" || /^[^=]+=/.test(text);
}

function parseNumber(value: unknown, kind: Kind): number {
  if (typeof value !== "string") return Number.NaN;
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(value.trim());
  if (!match || (match[2] && kind !== "bytes")) return Number.NaN;
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] as string).toLowerCase()];
  return Number(match[1]) * (unit as number);
}
