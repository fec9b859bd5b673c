import { MAX_HEAD_BYTES } from "../wire/frames.ts";
import { HOP_BY_HOP } from "../shared/hop-by-hop.ts";
import type { HeaderList } from "./types.ts";

/** A status and headers that were checked and encoded for a frame. */
export interface Head {
  /** `status\0name\0value\0…`, each character one byte. */
  text: string;
  /** The Content-Length that the application has set; null without one. */
  length: number | null;
  /** The application has set a Server header. */
  hasServer: boolean;
  /** 204 and 304 have no body, whatever the application returns. */
  bodiless: boolean;
}

const STATUS = /^[2-9]\d\d( [\t -~\u0080-\u00ff]*)?$/;
/** RFC 9110, section 15.2. */
const INTERIM =
  "start_response: a 1xx status is not a final response; only the server sends interim ones";
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- it looks for control characters
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex -- it looks for characters above U+00FF
const NOT_A_BYTE = /[^\u0000-\u00ff]/;

/** Header names that were valid, as spelt, and what the server does with each. The cache saves a check per request. */
const known = new Map<string, Meaning>();
/** Limits the cache, because an application that makes up header names must not fill the memory. */
const MAX_KNOWN_NAMES = 1000;
type Meaning = "plain" | "length" | "server" | "hop";

/**
 * Check the arguments of start_response and encode them.
 *
 * @param dropped collects the names of hop-by-hop headers, which are left out. If null, such a header throws a RangeError
 * @throws {TypeError} if an argument has the wrong type
 * @throws {RangeError} if HTTP cannot carry the status or a header. Both name it
 */
export function checkHead(
  status: string,
  headers: HeaderList,
  dropped: string[] | null = null,
): Head {
  if (!Array.isArray(headers)) {
    const what = headers === null ? "null" : `a ${typeof headers}`;
    throw new TypeError(
      `start_response: the headers are ${what}, not an array of pairs (PEP 3333)`,
    );
  }
  if (typeof status !== "string" || !STATUS.test(status)) {
    if (/^1\d\d( |$)/.test(status)) throw new RangeError(`${INTERIM}: ${JSON.stringify(status)}`);
    throw new RangeError(
      `start_response: not a status, such as "200 OK": ${JSON.stringify(status)}`,
    );
  }
  let text = status;
  let length: number | null = null;
  let hasServer = false;
  for (const [name, value] of headers) {
    const meaning = known.get(name) ?? classify(name);
    if (meaning === "hop") {
      if (dropped === null) {
        const message = `start_response: ${name} is a hop-by-hop header, which only the server may set (PEP 3333)`;
        throw new RangeError(message);
      }
      dropped.push(name);
      continue;
    }
    checkValue(name, value);
    if (meaning === "length") {
      if (!/^\d{1,15}$/.test(value))
        throw new RangeError(`start_response: not a Content-Length: ${JSON.stringify(value)}`);
      if (length !== null) throw new RangeError("start_response: Content-Length is given twice");
      length = Number(value);
    } else if (meaning === "server") hasServer = true;
    text += `\0${name}\0${value}`;
  }
  if (text.length > MAX_HEAD_BYTES) {
    const message = `start_response: status and headers have ${text.length} bytes; the limit is ${MAX_HEAD_BYTES}`;
    throw new RangeError(message);
  }
  const bodiless = status.startsWith("204") || status.startsWith("304");
  return { text, length, hasServer, bodiless };
}

function classify(name: string): Meaning {
  if (typeof name !== "string" || !TOKEN.test(name)) {
    throw new RangeError(`start_response: not a header name: ${JSON.stringify(name)}`);
  }
  const lower = name.toLowerCase();
  const meaning = HOP_BY_HOP.has(lower)
    ? "hop"
    : lower === "content-length"
      ? "length"
      : lower === "server"
        ? "server"
        : "plain";
  if (known.size < MAX_KNOWN_NAMES) known.set(name, meaning);
  return meaning;
}

function checkValue(name: string, value: string): void {
  if (typeof value !== "string") {
    throw new TypeError(`start_response: the value of ${name} is ${typeof value}, not a string`);
  }
  if (FORBIDDEN.test(value)) {
    const message = `start_response: the value of ${name} has a control character: ${JSON.stringify(value)}`;
    throw new RangeError(message);
  }
  if (NOT_A_BYTE.test(value)) {
    const message = `start_response: the value of ${name} has a character above U+00FF: ${JSON.stringify(value)}`;
    throw new RangeError(message);
  }
}
