import { breach, show } from "../shape.ts";

/** The status and the headers of a response, as a worker has sent them. */
export interface ResponseHead {
  /** As frames carry it: "status\0name\0value\0…", each character one byte. */
  text: string;
  /** Such as "404 Not Found". */
  status: string;
  code: number;
  /** Name, value, name, value … */
  fields: string[];
  /** Content-Length; null without one. */
  length: number | null;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// NUL is between the parts.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0001-\u0008\u000a-\u001f\u007f]/;
const LENGTH = /^\d{1,15}$/;
/** What is the server's to say: it decides where a message ends. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "trailers",
  "transfer-encoding",
  "upgrade",
]);

/** Names that may be sent, by the spelling applications use, and whether one is Content-Length. */
const known = new Map<string, boolean>();
const NAMES_KEPT = 1000;

/**
 * The worker has checked all of this and answered 500 where it is wrong. It is checked again because a worker runs the
 * application's code, which can write to its socket, and because a client may take one response for two.
 *
 * @throws {QuintetError} QUINTET_PROTOCOL
 */
export function readHead(text: string): ResponseHead {
  const fields = text.split("\0");
  const status = fields.shift() as string;
  const code = statusCode(status);
  if (FORBIDDEN.test(text)) throw breach("a head has a control character");
  if (fields.length % 2 !== 0) throw breach("a head has a name without a value");
  let length: number | null = null;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    if (!(known.get(name) ?? classify(name))) continue;
    const value = fields[index + 1] as string;
    if (length !== null) throw breach("a head has two Content-Length");
    if (!LENGTH.test(value)) throw breach(`a head has the Content-Length ${show(value)}`);
    length = Number(value);
  }
  return { text, status, code, fields, length };
}

/** A 1xx is no final answer (RFC 9110, section 15.2): a client would wait for another, or take its body for that. */
function statusCode(status: string): number {
  const a = digit(status, 0);
  const b = digit(status, 1);
  const c = digit(status, 2);
  const phrase = status.length === 3 || status.charCodeAt(3) === 32;
  if (a < 2 || a > 9 || b < 0 || b > 9 || c < 0 || c > 9 || !phrase) {
    throw breach(`a head has the status ${show(status)}`);
  }
  return a * 100 + b * 10 + c;
}

/** From 0 to 9; another number for what is no digit. */
function digit(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) - 48 : -1;
}

function classify(name: string): boolean {
  if (!TOKEN.test(name)) throw breach(`a head has the header name ${show(name)}`);
  const lower = name.toLowerCase();
  if (HOP_BY_HOP.has(lower)) throw breach(`a head has the header ${name}, which is the server's`);
  const isLength = lower === "content-length";
  if (known.size < NAMES_KEPT) known.set(name, isLength);
  return isLength;
}
