import { MAX_HEAD_BYTES } from "../wire/frames.ts";
import { HOP_BY_HOP } from "../shared/hop-by-hop.ts";
import type { HeaderList } from "./types.ts";

/** A status and headers, checked, and put as frames carry them. */
export interface Head {
  /** "status\0name\0value\0…", each character one byte. */
  text: string;
  /** The Content-Length that the application has set. */
  length: number | null;
  hasServer: boolean;
  /** 204 and 304 have no body, whatever the application returns. */
  bodiless: boolean;
}

const STATUS = /^[2-9]\d\d( [\t -~\u0080-\u00ff]*)?$/;
/** RFC 9110, section 15.2. */
const INTERIM =
  "start_response: a 1xx status is no final answer, and what comes before that is the server's";
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex -- all characters but those of one byte
const NOT_A_BYTE = /[^\u0000-\u00ff]/;

/** Names that were found to be good, by the spelling applications use, and whether they mean something to us. */
const known = new Map<string, Meaning>();
type Meaning = "plain" | "length" | "server" | "hop";

/**
 * @param dropped gets the names of hop-by-hop headers, which are left out; null if they are an error
 * @throws {TypeError} for what is no text
 * @throws {RangeError} for what HTTP cannot carry; both name the culprit
 */
export function checkHead(
  status: string,
  headers: HeaderList,
  dropped: string[] | null = null,
): Head {
  if (!Array.isArray(headers)) {
    const what = headers === null ? "null" : `a ${typeof headers}`;
    throw new TypeError(
      `start_response: the headers are ${what}; PEP 3333 wants a list: an array of pairs`,
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
        const message = `start_response: ${name} is a hop-by-hop header, which belongs to the server (PEP 3333)`;
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
    const message = `start_response: status and headers have ${text.length} bytes, and may have ${MAX_HEAD_BYTES}`;
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
  if (known.size < 1000) known.set(name, meaning);
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
    const message = `start_response: the value of ${name} has a character that is no byte: ${JSON.stringify(value)}`;
    throw new RangeError(message);
  }
}
