import { QuintetError } from "./errors.ts";
import { unicode } from "./printable.ts";

/** Whether a field of a message may have a value. */
export type Fits = (value: unknown) => boolean;

/** The error for a message of another process that breaks the protocol. */
export function breach(what: string): QuintetError {
  return new QuintetError("QUINTET_PROTOCOL", what);
}

/**
 * Check a message that another process has sent as JSON. Fields that are not listed are not checked.
 *
 * @param value the message
 * @param name what the message is, for the error
 * @param fields the check of each field
 * @returns the message
 * @throws {QuintetError} QUINTET_PROTOCOL, naming the field
 */
export function checkShape<Message>(
  value: unknown,
  name: string,
  fields: Record<string, Fits>,
): Message {
  if (!isRecord(value)) throw breach(`${name} is ${show(value)}, not an object`);
  for (const [field, fits] of Object.entries(fields)) {
    if (!fits(value[field])) throw breach(`${name}: ${field} is ${show(value[field])}`);
  }
  return value as Message;
}

/** @throws {QuintetError} QUINTET_PROTOCOL */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw breach(`${name} is no JSON: ${show(text)}`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const isText: Fits = (value) => typeof value === "string";
export const isNumber: Fits = (value) => Number.isFinite(value);
export const isSwitch: Fits = (value) => typeof value === "boolean";

export function isWhole(least: number, most: number = Number.MAX_SAFE_INTEGER): Fits {
  return (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function isOneOf(...values: unknown[]): Fits {
  return (value) => values.includes(value);
}

export function isListOf(fits: Fits): Fits {
  return (value) => Array.isArray(value) && value.every(fits);
}

export function orMissing(fits: Fits): Fits {
  return (value) => value === undefined || fits(value);
}

export function orNull(fits: Fits): Fits {
  return (value) => value === null || fits(value);
}

export function hasFields(fields: Record<string, Fits>): Fits {
  const all = Object.entries(fields);
  return (value) => isRecord(value) && all.every(([field, fits]) => fits(value[field]));
}

/** The pid of a process that may be killed: not a group, not init, not this process and not its parent. */
export const isPid: Fits = (value) =>
  isWhole(2, 2 ** 31 - 1)(value) && value !== process.pid && value !== process.ppid;

/** Describe a value that another process sent, in a few characters and without control characters. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const text = JSON.stringify(value.slice(0, 60)).replace(/[^ -~]/g, unicode);
  return value.length > 60 ? `${text}…` : text;
}
