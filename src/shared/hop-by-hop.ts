/**
 * Headers about a single connection. They decide where a message ends, so only the server may set them (PEP 3333, "Other HTTP
 * Features"; RFC 9110, section 7.6.1).
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "trailers",
  "transfer-encoding",
  "upgrade",
]);
