import type { ServerResponse } from "node:http";

/** A head up to this size reaches the parser in one piece. */
const MAX_WHOLE_HEAD_BYTES = 16 * 1024;
/** Longer heads, and bodies of unknown length, reach the parser in pieces of this size. */
export const SLICE_BYTES: number = 4 * 1024;
/** The end of each head; the parser accepts no other. So bytes that contain it only at their end hold at most one request. */
const BLANK_LINE = "\r\n\r\n";
const BLANK_LINE_CODE = 0x0d0a0d0a;

/** How many bytes to parse next: at most one request, or a small piece of a body. */
export function lengthOfSlice(data: Buffer): number {
  const window =
    data.length <= MAX_WHOLE_HEAD_BYTES ? data : data.subarray(0, MAX_WHOLE_HEAD_BYTES);
  const end = window.indexOf(BLANK_LINE, 0, "latin1");
  return end >= 0 ? end + BLANK_LINE.length : Math.min(SLICE_BYTES, data.length);
}

/** Whether the bytes end with a blank line. A chunked body without trailers ends with one, too. */
export function endsWithBlankLine(data: Buffer): boolean {
  return data.length >= 4 && data.readUInt32BE(data.length - 4) === BLANK_LINE_CODE;
}

/** The Content-Length of the request behind a response; 0 without one. */
export function lengthOfBody(response: ServerResponse | null): number {
  const length = Number(response?.req.headers["content-length"]);
  return Number.isSafeInteger(length) ? length : 0;
}
