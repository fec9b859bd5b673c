import { isPattern, PATTERN_FORMS } from "../../shared/by-path.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Settings } from "../settings.ts";
import { readHeaders } from "../values/headers.ts";
import { readStaticMap } from "../values/static-map.ts";
import { readVariables } from "../values/variables.ts";
import { parseWorkers, WORKERS_FORMS } from "../values/worker-range.ts";
import type { Kind, Refuse, Setting } from "./setting.ts";
import { settingsTable } from "./table.ts";

const DAY_SECONDS = 86_400;

/**
 * Check a value of a setting, given as text or as a value of the right type.
 *
 * @param source where it was given, for the error: a flag, a variable or a file
 * @returns the value as `Settings` has it
 * @throws {QuintetError} QUINTET_SETTING, naming the source, the setting, the value and what it must be
 */
export function checkSetting(name: keyof Settings, value: unknown, source: string): unknown {
  const setting: Setting = settingsTable[name];
  const refuse: Refuse = (expected, ...wrong) => {
    const shown = JSON.stringify(wrong.length > 0 ? wrong[0] : value);
    const message = `${source}: ${name} is ${shown}; it must be ${expected}.`;
    throw new QuintetError("QUINTET_SETTING", message);
  };
  return setting.byPath ? checkByPath(setting, value, refuse) : checkValue(setting, value, refuse);
}

/** One value for all paths, or a record. The command line gives a list of texts: `/upload/*=false`, `true`. */
function checkByPath(setting: Setting, value: unknown, refuse: Refuse): unknown {
  const checked = pairsOf(value).map(([pattern, each]) => {
    if (setting.byPath === "only" && pattern === "*")
      refuse("set for a path, such as /healthz=1", each);
    if (!isPattern(pattern)) refuse(`set for ${PATTERN_FORMS}`, pattern);
    const refuseEach: Refuse = (expected) => refuse(expected, each);
    return [pattern, checkValue(setting, each, refuseEach)] as const;
  });
  const record: Record<string, unknown> = Object.fromEntries(checked);
  const isForAll = checked.length > 0 && checked.every(([pattern]) => pattern === "*");
  return isForAll ? record["*"] : record;
}

function pairsOf(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) {
    return value.map((text: string) => {
      const mark = text.lastIndexOf("=");
      return mark < 0 ? ["*", text] : [text.slice(0, mark), text.slice(mark + 1)];
    });
  }
  if (typeof value === "object" && value !== null) return Object.entries(value);
  return [["*", value]];
}

function checkValue(setting: Setting, value: unknown, refuse: Refuse): unknown {
  if (value === null && setting.none) return null;
  switch (setting.kind) {
    case "text":
      return checkText(setting, value, refuse);
    case "list":
      return checkList(setting, value, refuse);
    case "choice":
      if (setting.choices?.includes(value as string)) return value;
      return refuse(`one of ${setting.choices?.join(", ")}`);
    case "auto":
      return value === "auto" ? value : checkSwitch(value, "true, false or auto", refuse);
    case "switch":
      return checkSwitch(value, "true or false", refuse);
    case "variables":
      return readVariables(value, refuse);
    case "staticMap":
      return readStaticMap(value, refuse);
    case "headers":
      return readHeaders(value, refuse);
    case "workers":
      return parseWorkers(value) ?? refuse(WORKERS_FORMS);
    default:
      return checkNumber(setting, setting.kind, value, refuse);
  }
}

function checkText(setting: Setting, value: unknown, refuse: Refuse): string | null {
  if (typeof value !== "string") return refuse("a string");
  if (value === setting.none?.text) return null;
  const expected = setting.check?.(value) ?? null;
  return expected === null ? value : refuse(expected);
}

function checkList(setting: Setting, value: unknown, refuse: Refuse): string[] {
  const list: unknown = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || !list.every((each) => typeof each === "string"))
    return refuse("a list of strings");
  for (const each of list) {
    const expected = setting.check?.(each) ?? null;
    if (expected !== null) refuse(expected, each);
  }
  return setting.nonEmpty && list.length === 0 ? refuse("a list of at least one item") : list;
}

function checkSwitch(value: unknown, expected: string, refuse: Refuse): boolean {
  if (typeof value === "boolean") return value;
  if (value === "1" || value === "true" || value === "yes") return true;
  if (value === "0" || value === "false" || value === "no") return false;
  return refuse(expected);
}

type NumberKind = Extract<Kind, "whole" | "seconds" | "bytes">;

const NUMBER_FORMS: Record<NumberKind, string> = {
  whole: "a whole number",
  seconds: "a number of seconds",
  bytes: "a number of bytes, such as 65536 or 64k,",
};

function checkNumber(
  setting: Setting,
  kind: NumberKind,
  value: unknown,
  refuse: Refuse,
): number | null {
  const number = typeof value === "number" ? value : parseNumber(value, kind);
  const { min = 0, max = kind === "seconds" ? DAY_SECONDS : Number.MAX_SAFE_INTEGER } = setting;
  const isValid =
    number >= min && number <= max && (kind === "seconds" || Number.isInteger(number));
  if (!isValid) return refuse(`${NUMBER_FORMS[kind]} from ${min} to ${max}`);
  return setting.none && number === Number(setting.none.text) ? null : number;
}

/** NaN for what is not a number. */
function parseNumber(value: unknown, kind: NumberKind): number {
  if (typeof value !== "string") return Number.NaN;
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(value.trim());
  if (!match || (match[2] && kind !== "bytes")) return Number.NaN;
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] as string).toLowerCase()];
  return Number(match[1]) * (unit as number);
}
