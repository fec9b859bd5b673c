import { breach, show } from "../shared/message-shape.ts";
import { HOP_BY_HOP } from "../shared/hop-by-hop.ts";

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

/** One look at all of it: a status that is final, then names that are tokens, each with a value. */
const HEAD =
  /^[2-9]\d\d(?: [\t -~\u0080-\u00ff]*)?(?:\0[!#$%&'*+\-.^_`|~0-9A-Za-z]+\0[\t -~\u0080-\u00ff]*)*$/;
const LENGTH = /^\d{1,15}$/;
const CONTENT_LENGTH = "content-length";
/** Most names are none of these, by their length and their first letter alone. */
const [LENGTHS, LETTERS] = [new Set<number>(), new Set<number>()];
for (const name of [CONTENT_LENGTH, ...HOP_BY_HOP]) {
  LENGTHS.add(name.length);
  LETTERS.add(name.charCodeAt(0));
}

/**
 * The worker has checked all of this and answered 500 where it is wrong. It is checked again because a worker runs the
 * application's code, which can write to its socket, and because a client may take one response for two.
 *
 * @throws {QuintetError} QUINTET_PROTOCOL
 */
export function readHead(text: string): ResponseHead {
  if (last === null || last.text !== text) last = parse(text);
  const { status, code, fields, length } = last;
  return { text, status, code, fields: fields.slice(), length };
}

/** Many a site gives the same head again and again; to see that costs less than to take it apart. */
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

/** The first part at which the head is none. A 1xx is no final answer: a client would wait for another. */
function whatIsWrong(text: string): string {
  const parts = text.split("\0");
  if (parts.length % 2 === 0) return "a head has a name without a value";
  const wrong = parts.findIndex((_, index) => !HEAD.test(upTo(parts, index)));
  const part = show(parts[wrong]);
  if (wrong === 0) return `a head has the status ${part}`;
  return wrong % 2 === 1 ? `a head has the header name ${part}` : `a head has the value ${part}`;
}

/** The parts up to this one; a name with an empty value. */
function upTo(parts: string[], last: number): string {
  return [...parts.slice(0, last + 1), ...(last % 2 === 1 ? [""] : [])].join("\0");
}
