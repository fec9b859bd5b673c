import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

// What node:http lets through. Each check throws a Refusal.

/** What a request line has beside its method and its target: two spaces and the version. */
const LINE_REST = " ".length + " HTTP/1.1".length;

/** @param limit bytes of the request line; 0 for no limit */
export function checkLine(
  request: IncomingMessage,
  method: string,
  target: number,
  limit: number,
): void {
  const { httpVersionMajor: major, httpVersionMinor: minor } = request;
  // The parser takes the ICE/1.0 of a SOURCE for HTTP/1.0.
  if (major !== 1 || minor > 1 || (minor === 0 && method === "SOURCE")) {
    throw new Refusal(505, `the version is HTTP/${request.httpVersion}`);
  }
  if (limit > 0 && method.length + target + LINE_REST > limit) {
    throw new Refusal(414, `the request line is longer than ${limit} bytes`);
  }
}

/** @param limit bytes of a body; 0 for no limit */
export function checkLength(length: number, limit: number): void {
  if (limit > 0 && length > limit) {
    throw new Refusal(413, `the body has ${length} bytes, and may have ${limit}`);
  }
}

/** Only a single `chunked`, only in HTTP/1.1, and never with a length (RFC 9112, sections 6.1 and 6.3). */
export function checkCoding(coding: string, minor: number, framing: string): void {
  if (minor === 0) throw new Refusal(400, "Transfer-Encoding in HTTP/1.0");
  if (framing === "length") throw new Refusal(400, "Content-Length and Transfer-Encoding");
  if (coding.toLowerCase() === "chunked") return;
  const codings = coding.split(",").map((each) => each.trim().toLowerCase());
  const isFinal = codings.indexOf("chunked") === codings.length - 1;
  const status = isFinal && codings.every((each) => /^[\w!#$%&'*+.^`|~-]+$/.test(each)) ? 501 : 400;
  throw new Refusal(status, `Transfer-Encoding is ${JSON.stringify(coding)}`);
}

/** HTTP/1.0 knows no expectations (RFC 9110, section 10.1.1). */
export function checkExpectation(value: string, minor: number): void {
  if (minor === 0 || value.toLowerCase() === "100-continue") return;
  throw new Refusal(417, `Expect is ${JSON.stringify(value)}`);
}
