import type { IncomingMessage, ServerResponse } from "node:http";
import { lingerOnClose } from "../connection/lingering-close.ts";

const ALIVE_BODY = "ok\n";
const NOT_ALLOWED_BODY = "405 Method Not Allowed\n";

/**
 * Answers a liveness probe: this process is alive, in whatever state its workers are.
 *
 * @param hasBody whether the request has a body. If so, it is not read and the connection is closed
 */
export function answerLiveness(
  request: IncomingMessage,
  response: ServerResponse,
  hasBody: boolean,
): void {
  const isAllowed = request.method === "GET" || request.method === "HEAD";
  if (hasBody) {
    response.shouldKeepAlive = false;
    lingerOnClose(request.socket);
  }
  const body = isAllowed ? ALIVE_BODY : NOT_ALLOWED_BODY;
  response.writeHead(isAllowed ? 200 : 405, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    ...(isAllowed ? {} : { Allow: "GET, HEAD" }),
  });
  response.end(body);
}
