import { breach, show } from "../shared/message-shape.ts";
import { HOP_BY_HOP } from "../shared/hop-by-hop.ts";

/** The status and the headers of a response from a worker. */
export interface ResponseHead {
  /** As frames carry it: "status\0name\0value\0…", in latin-1. */
  text: string;
  /** Such as "404 Not Found". */
  status: string;
  code: number;
  /** Name, value, name, value … */
  fields: string[];
  /** Content-Length; null if there is none. */
  length: number | null;
}

/** A whole head: a final status, then names that are tokens, each with a value. */
const HEAD =
  /^[2-9]\d\d(?: [\t -~\u0080-\u00ff]*)?(?:\0[!#$%&'*+\-.^_`|~0-9A-Za-z]+\0[\t -~\u0080-\u00ff]*)*$/;
const LENGTH = /^\d{1,15}$/;
const CONTENT_LENGTH = "content-length";
/** Lengths and first letters of the names that matter, for a quick check: most other names differ in one of the two. */
const [LENGTHS, LETTERS] = [new Set<number>(), new Set<number>()];
for (const name of [CONTENT_LENGTH, ...HOP_BY_HOP]) {
  LENGTHS.add(name.length);
  LETTERS.add(name.charCodeAt(0));
}

/**
 * Check and split the head of a response. The worker has checked it already. But a worker runs the application's code, which
 * could write to its socket, and with a malformed head a client could take one response for two.
 *
 * @param text the head as frames carry it
 * @throws {QuintetError} QUINTET_PROTOCOL for a malformed head
 */
export function readHead(text: string): ResponseHead {
  if (last === null || last.text !== text) last = parse(text);
  const { status, code, fields, length } = last;
  return { text, status, code, fields: fields.slice(), length };
}

/** The last head. Many sites keep sending the same one, and comparing is cheaper than splitting. */
let last: ResponseHead | null = null;

function parse(text: string): ResponseHead {
  if (!HEAD.test(text)) throw breach(whatIsWrong(text));
  const fields = text.split("\0");
  const status = fields.shift() as string;
  let length: number | null = null;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    if (!LENGTHS.has(name.length) || !LETTERS.has(name.charCodeAt(0) | 32)) continue;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower)) throw breach(`a head has the header ${name}, which is the server's`);
    if (lower !== CONTENT_LENGTH) continue;
    const value = fields[index + 1] as string;
    if (length !== null) throw breach("a head has two Content-Length");
    if (!LENGTH.test(value)) throw breach(`a head has the Content-Length ${show(value)}`);
    length = Number(value);
  }
  return { text, status, code: codeOf(status), fields, length };
}

function codeOf(status: string): number {
  return (
    (status.charCodeAt(0) - 48) * 100 + (status.charCodeAt(1) - 48) * 10 + status.charCodeAt(2) - 48
  );
}

/** Names the first malformed part. A 1xx status is malformed: a client would wait for another response. */
function whatIsWrong(text: string): string {
  const parts = text.split("\0");
  if (parts.length % 2 === 0) return "a head has a name without a value";
  const wrong = parts.findIndex((_, index) => !HEAD.test(upTo(parts, index)));
  const part = show(parts[wrong]);
  if (wrong === 0) return `a head has the status ${part}`;
  return wrong % 2 === 1 ? `a head has the header name ${part}` : `a head has the value ${part}`;
}

/** The parts up to this one; a name gets an empty value. */
function upTo(parts: string[], last: number): string {
  return [...parts.slice(0, last + 1), ...(last % 2 === 1 ? [""] : [])].join("\0");
}
