import type { IncomingMessage } from "node:http";
import { RequestError } from "../reject/request-error.ts";

// Checks for what node:http accepts but an application must not see. The size limits are in request-limits.ts.

/**
 * Allows only HTTP/1.0 and HTTP/1.1.
 *
 * @throws {RequestError} 505
 */
export function checkVersion(request: IncomingMessage, method: string): void {
  const { httpVersionMajor: major, httpVersionMinor: minor } = request;
  // The parser reports the ICE/1.0 of a SOURCE request as HTTP/1.0.
  if (major !== 1 || minor > 1 || (minor === 0 && method === "SOURCE")) {
    throw new RequestError(505, `the version is HTTP/${request.httpVersion}`);
  }
}

/** A token (RFC 9110, section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Allows only a single `chunked`, only in HTTP/1.1, and never together with Content-Length (RFC 9112, sections 6.1 and 6.3).
 *
 * @param coding the value of Transfer-Encoding
 * @param minor the minor HTTP version
 * @throws {RequestError} 501 for a valid coding that is not supported, otherwise 400
 */
export function checkTransferEncoding(coding: string, minor: number, framing: string): void {
  if (minor === 0) throw new RequestError(400, "Transfer-Encoding in HTTP/1.0");
  if (framing === "length") throw new RequestError(400, "Content-Length and Transfer-Encoding");
  if (coding.toLowerCase() === "chunked") return;
  const codings = coding.split(",").map((each) => each.trim().toLowerCase());
  const endsWithChunked = codings.indexOf("chunked") === codings.length - 1;
  const status = endsWithChunked && codings.every((each) => TOKEN.test(each)) ? 501 : 400;
  throw new RequestError(status, `Transfer-Encoding is ${JSON.stringify(coding)}`);
}

/**
 * Allows only 100-continue. HTTP/1.0 has no expectations, so Expect is ignored there (RFC 9110, section 10.1.1).
 *
 * @param value the value of Expect
 * @param minor the minor HTTP version
 * @throws {RequestError} 417
 */
export function checkExpectation(value: string, minor: number): void {
  if (minor === 0 || value.toLowerCase() === "100-continue") return;
  throw new RequestError(417, `Expect is ${JSON.stringify(value)}`);
}
