import { systemCode } from "../../shared/errors.ts";
import type { RequestErrorStatus } from "./request-error.ts";

/** The error of node:http for bytes that it cannot parse as a request. */
export interface ParseError extends Error {
  code?: string;
  reason?: string;
  /** The packet that could not be parsed, and how many of its bytes were parsed. */
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** The status by the parser's error code. Other codes mean 400. */
const STATUS_BY_CODE: Record<string, RequestErrorStatus> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  // The preface of HTTP/2.
  HPE_PAUSED_H2_UPGRADE: 505,
};

/** The status by the parser's reason, where one code has several reasons. */
const STATUS_BY_REASON: Record<string, RequestErrorStatus> = {
  "Invalid HTTP version": 505,
  "Invalid method for HTTP/x.x request": 501,
};

/** A valid request line. Its beginning may be missing, because it was in an earlier packet and was valid. */
const VALID_LINE = /^[\w!#$%&'*+.^`|~-]* \S+ HTTP\/1\.[01]\r?\n/;
const VALID_LINE_SO_FAR = /^[\w!#$%&'*+.^`|~-]*(?: \S*(?: [\w/.]*\r?)?)?$/;
const MAX_LINE_BYTES = 8190;

/**
 * The status for what the parser has rejected.
 *
 * @param lineBefore the part of the request line that came with earlier errors
 * @param isLineComplete whether the first line of the head was complete before this packet
 * @returns null if the status depends on input that has not arrived
 */
export function statusOf(
  error: ParseError,
  lineBefore: string,
  isLineComplete: boolean,
): RequestErrorStatus | null {
  const code = systemCode(error) ?? "";
  if (code === "HPE_INVALID_METHOD") return methodStatus(error, lineBefore);
  if (code === "HPE_HEADER_OVERFLOW") return overflowStatus(error, isLineComplete);
  return STATUS_BY_CODE[code] ?? STATUS_BY_REASON[error.reason ?? ""] ?? 400;
}

/**
 * An unknown method is valid HTTP (501), unlike garbage (400). Only the whole line shows the difference, and it may arrive in
 * pieces.
 */
function methodStatus(error: ParseError, lineBefore: string): RequestErrorStatus | null {
  const line = lineBefore + lineOf(error, lineBefore);
  if (VALID_LINE.test(line)) return 501;
  const mayContinue = error.rawPacket !== undefined && line.length < MAX_LINE_BYTES;
  return mayContinue && VALID_LINE_SO_FAR.test(line) ? null : 400;
}

/**
 * The part of the rejected request line that comes with an error.
 *
 * @param lineBefore the part that came with earlier errors
 */
export function lineOf(error: ParseError, lineBefore: string): string {
  const { rawPacket, bytesParsed = 0 } = error;
  if (rawPacket === undefined) return "";
  const start = lineBefore === "" ? rawPacket.subarray(0, bytesParsed).lastIndexOf(10) + 1 : 0;
  return rawPacket.toString("latin1", start, start + MAX_LINE_BYTES);
}

/** Anything may precede HEAD, because the body of the previous request need not end with a line break. */
const HEAD_METHOD = /HEAD[^\w-]/;

/**
 * Whether the rejected head is that of a HEAD request.
 *
 * @param headBefore the beginning of the head, if it was in an earlier packet; null if unknown
 * @returns null if unknown
 */
export function isHead(error: ParseError, headBefore: string | null): boolean | null {
  const { rawPacket, bytesParsed = 0 } = error;
  if (rawPacket === undefined) return null;
  const start = headStart(rawPacket, bytesParsed);
  if (start === 0 && headBefore === null) return null;
  const end = rawPacket.indexOf(10, bytesParsed);
  const head = rawPacket.toString("latin1", start, end === -1 ? undefined : end + 1);
  return HEAD_METHOD.test(start === 0 ? headBefore + head : head);
}

/**
 * Where the rejected head begins in its packet. If a body without an empty line precedes the head, that is where the body
 * begins.
 *
 * @returns 0 if it may have begun in an earlier packet
 */
function headStart(rawPacket: Buffer, bytesParsed: number): number {
  // The rejected head has no empty line yet, so the last one ends what came before it.
  const parsed = rawPacket.subarray(0, bytesParsed);
  const [bare, full] = [parsed.lastIndexOf("\n\n"), parsed.lastIndexOf("\n\r\n")];
  if (bare === -1 && full === -1) return 0;
  return bare > full ? bare + 2 : full + 3;
}

/** The head was too large before it was complete: 414 if not even the request line was complete, otherwise 431. */
function overflowStatus(error: ParseError, isLineComplete: boolean): RequestErrorStatus {
  const { rawPacket, bytesParsed = 0 } = error;
  if (rawPacket === undefined) return 431;
  const start = headStart(rawPacket, bytesParsed);
  if (start === 0 && isLineComplete) return 431;
  const end = rawPacket.indexOf(10, start);
  return end !== -1 && end < bytesParsed ? 431 : 414;
}
