import { QuintetError } from "./errors.ts";
import { unicode } from "./printable.ts";

/** Checks one field of a message. */
export interface Fits {
  (value: unknown): boolean;
  /** The values that it accepts. The types in python/quintet/wire/messages.py are generated from it. */
  readonly kind?: Kind;
}

/** The values that a field may have. */
export type Kind =
  | "text"
  | "number"
  | "integer"
  | "boolean"
  | { oneOf: readonly unknown[] }
  | { listOf: Kind | undefined }
  | { orMissing: Kind | undefined }
  | { orNull: Kind | undefined }
  | { fields: Record<string, Fits> };

/** A check for each field of a message; none may be missing. */
export type FieldsOf<Message> = Record<keyof Message, Fits>;

function fits(accepts: (value: unknown) => boolean, kind: Kind): Fits {
  return Object.assign(accepts, { kind });
}

/** The error for a message from another process that breaks the protocol. */
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
    throw breach(`${name} is not JSON: ${show(text)}`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const isText: Fits = fits((value) => typeof value === "string", "text");
export const isNumber: Fits = fits((value) => Number.isFinite(value), "number");
export const isSwitch: Fits = fits((value) => typeof value === "boolean", "boolean");

/** A text that this function accepts. */
export function isTextThat(accepts: (text: string) => boolean): Fits {
  return fits((value) => typeof value === "string" && accepts(value), "text");
}

/** An integer within these bounds, both included. */
export function isWhole(least: number, most: number = Number.MAX_SAFE_INTEGER): Fits {
  return fits(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    "integer",
  );
}

export function isOneOf(...values: unknown[]): Fits {
  return fits((value) => values.includes(value), { oneOf: values });
}

export function isListOf(each: Fits): Fits {
  return fits((value) => Array.isArray(value) && value.every(each), { listOf: each.kind });
}

/** The field may be absent. */
export function orMissing(present: Fits): Fits {
  return fits((value) => value === undefined || present(value), { orMissing: present.kind });
}

export function orNull(known: Fits): Fits {
  return fits((value) => value === null || known(value), { orNull: known.kind });
}

export function hasFields(fields: Record<string, Fits>): Fits {
  const all = Object.entries(fields);
  return fits(
    (value) => isRecord(value) && all.every(([field, accepts]) => accepts(value[field])),
    { fields },
  );
}

/** The pid of a process that may be killed: not a process group, not this process and not its parent. */
export const isPid: Fits = fits(
  (value) => isProcessId(value) && value !== process.pid && value !== process.ppid,
  "integer",
);
const isProcessId = isWhole(2, 2 ** 31 - 1);

/** Describe a value that another process sent, in a few characters and without control characters. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  const text = JSON.stringify(value.slice(0, 60)).replace(/[^ -~]/g, unicode);
  return value.length > 60 ? `${text}…` : text;
}
