/**
 * Headers about one connection, which is the server's: they decide where a message ends, and no application sets them (PEP 3333,
 * "Other HTTP Features"; RFC 9110, section 7.6.1).
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
