import type { IncomingMessage } from "node:http";
import { isHost } from "../../shared/host.ts";
import { RequestError } from "../reject/request-error.ts";

// What node:http accepts and an application must not see. environ.ts calls these checks. Others of the kind: sizes are checked in
// request-limits.ts, the form of the target in request-target.ts, trailers in trailers.ts and a proxy's SCRIPT_NAME in
// proxy/prefix.ts. For what node:http itself refuses, reject/parse-error.ts chooses the status.

/**
 * Only HTTP/1.0 and HTTP/1.1.
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
 * Only a single `chunked`, only in HTTP/1.1, and never together with Content-Length (RFC 9112, sections 6.1 and 6.3).
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
 * HTTP/1.0 has no expectations, so Expect is ignored there (RFC 9110, section 10.1.1).
 *
 * @param value the value of Expect
 * @param minor the minor HTTP version
 * @throws {RequestError} 417
 */
export function checkExpectation(value: string, minor: number): void {
  if (minor === 0 || value.toLowerCase() === "100-continue") return;
  throw new RequestError(417, `Expect is ${JSON.stringify(value)}`);
}

/**
 * @param value the value of Host
 * @throws {RequestError} 400
 */
export function checkHost(value: string): void {
  if (!isHost(value)) throw new RequestError(400, `Host is ${JSON.stringify(value)}`);
}

/**
 * HTTP/1.1 requires Host (RFC 9112, section 3.2).
 *
 * @param minor the minor HTTP version
 * @throws {RequestError} 400
 */
export function checkHasHost(hasHost: boolean, minor: number): void {
  if (!hasHost && minor === 1) throw new RequestError(400, "the Host header is missing");
}

/**
 * A proxy and an application could each take another one of two values (RFC 9112, section 3.2). So Host, Content-Type and
 * the SCRIPT_NAME of a trusted proxy must not be repeated.
 *
 * @param name as the client wrote it
 * @returns the error, 400
 */
export function repeatedHeader(name: string): RequestError {
  return new RequestError(400, `there is more than one ${name}`);
}

/** @throws {RequestError} 400 if the target has a fragment, which is for clients only (RFC 9112, section 3.2.1) */
export function checkFragment(target: string): void {
  if (target.includes("#")) throw new RequestError(400, "the request target has a fragment");
}
