import type { IncomingMessage } from "node:http";
import { RequestError } from "../reject/request-error.ts";

/** Fields about framing, routing, authentication or content, which trailers must not contain (RFC 9110, section 6.5.1). */
const FORBIDDEN = new Set(
  (
    "authorization cache-control connection content-encoding content-length content-range content-type cookie expect " +
    "forwarded host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive max-forwards " +
    "pragma proxy-authorization proxy-connection range te trailer transfer-encoding upgrade x-forwarded-for " +
    "x-forwarded-host x-forwarded-port x-forwarded-proto x-real-ip"
  ).split(" "),
);

/**
 * Checks the trailers of a chunked request that is complete. The application never gets trailers, but a proxy in front may
 * have acted on one, and then the two would disagree about the request.
 *
 * @throws {RequestError} 400
 */
export function checkTrailers(request: IncomingMessage): void {
  const raw = request.rawTrailers;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    if (FORBIDDEN.has(name)) throw new RequestError(400, `${name} is not allowed in trailers`);
  }
}
