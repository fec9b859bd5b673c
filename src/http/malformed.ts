import { systemCode } from "../shared/errors.ts";
import type { RefusalStatus } from "./refusal.ts";

/** What node:http says of bytes that it cannot take for a request. */
export interface ParseError extends Error {
  code?: string;
  reason?: string;
  rawPacket?: Buffer;
  bytesParsed?: number;
}

const STATUSES: Record<string, RefusalStatus> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  // The preface of HTTP/2.
  HPE_PAUSED_H2_UPGRADE: 505,
};

/** By what the parser says, where one code stands for several things. */
const REASONS: Record<string, RefusalStatus> = {
  "Invalid HTTP version": 505,
  "Invalid method for HTTP/x.x request": 501,
};

/** The begin of a request line may be missing: it came before, and was good so far. */
const LINE = /^[\w!#$%&'*+.^`|~-]* \S+ HTTP\/1\.[01]\r?\n/;
const LINE_SO_FAR = /^[\w!#$%&'*+.^`|~-]*(?: \S*(?: [\w/.]*\r?)?)?$/;
const LINE_AT_MOST = 8190;

/**
 * The status for what the parser has refused, and null where more has to come to tell.
 *
 * @param before the part of the request line that came with earlier errors
 * @param lineEnded whether a line of the head has ended in what came before
 */
export function statusOf(
  error: ParseError,
  before: string,
  lineEnded: boolean,
): RefusalStatus | null {
  const code = systemCode(error) ?? "";
  if (code === "HPE_INVALID_METHOD") return methodStatus(error, before);
  if (code === "HPE_HEADER_OVERFLOW") return overflowStatus(error, lineEnded);
  return STATUSES[code] ?? REASONS[error.reason ?? ""] ?? 400;
}

/** A method that is not known is no malformed request. Only the whole line tells, and it may come in pieces. */
function methodStatus(error: ParseError, before: string): RefusalStatus | null {
  const line = before + lineOf(error, before);
  if (LINE.test(line)) return 501;
  const mayGoOn = error.rawPacket !== undefined && line.length < LINE_AT_MOST;
  return mayGoOn && LINE_SO_FAR.test(line) ? null : 400;
}

/** What an error has brought of the request line that it refuses. */
export function lineOf(error: ParseError, before: string): string {
  const { rawPacket, bytesParsed = 0 } = error;
  if (rawPacket === undefined) return "";
  const from = before === "" ? rawPacket.subarray(0, bytesParsed).lastIndexOf(10) + 1 : 0;
  return rawPacket.toString("latin1", from, from + LINE_AT_MOST);
}

/** Whatever stands before it: the body of another request may end without a line end. */
const HEAD_METHOD = /HEAD[^\w-]/;

/**
 * Whether it is a HEAD whose head is refused; null where nobody knows.
 *
 * @param before how the head begins, where that came before; null where that is not known
 */
export function isHead(error: ParseError, before: string | null): boolean | null {
  const { rawPacket, bytesParsed = 0 } = error;
  if (rawPacket === undefined) return null;
  const start = headStart(rawPacket, bytesParsed);
  if (start === 0 && before === null) return null;
  const end = rawPacket.indexOf(10, bytesParsed);
  const head = rawPacket.toString("latin1", start, end === -1 ? undefined : end + 1);
  return HEAD_METHOD.test(start === 0 ? before + head : head);
}

/**
 * Where the head that is refused begins in this packet, or the end of a body before it that has no empty line; 0 where
 * it may have begun in an earlier packet. It has no empty line of its own yet.
 */
function headStart(rawPacket: Buffer, bytesParsed: number): number {
  const seen = rawPacket.subarray(0, bytesParsed);
  const [bare, full] = [seen.lastIndexOf("\n\n"), seen.lastIndexOf("\n\r\n")];
  if (bare === -1 && full === -1) return 0;
  return bare > full ? bare + 2 : full + 3;
}

/** The head was too large before it was whole. It was the request line if no line has ended yet. */
function overflowStatus(error: ParseError, lineEnded: boolean): RefusalStatus {
  const { rawPacket, bytesParsed = 0 } = error;
  if (rawPacket === undefined) return 431;
  const start = headStart(rawPacket, bytesParsed);
  if (start === 0 && lineEnded) return 431;
  const end = rawPacket.indexOf(10, start);
  return end !== -1 && end < bytesParsed ? 431 : 414;
}
