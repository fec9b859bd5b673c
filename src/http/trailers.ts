import type { IncomingMessage } from "node:http";
import { Refusal } from "./refusal.ts";

/** Fields that say how a message is framed, routed, authenticated or read (RFC 9110, section 6.5.1). */
const FORBIDDEN = new Set(
  (
    "authorization cache-control connection content-encoding content-length content-range content-type cookie expect " +
    "forwarded host if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive max-forwards " +
    "pragma proxy-authorization proxy-connection range te trailer transfer-encoding upgrade x-forwarded-for " +
    "x-forwarded-host x-forwarded-port x-forwarded-proto x-real-ip"
  ).split(" "),
);

/**
 * Trailers never reach an application. Some may have meant something else to who passed them on.
 *
 * @throws {Refusal}
 */
export function checkTrailers(request: IncomingMessage): void {
  const raw = request.rawTrailers;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    if (FORBIDDEN.has(name)) throw new Refusal(400, `${name} stands in the trailers`);
  }
}
