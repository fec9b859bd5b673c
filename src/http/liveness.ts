import type { IncomingMessage, ServerResponse } from "node:http";
import { closeLingering } from "./linger.ts";

const ALIVE = "ok\n";

/**
 * Say that this server is alive, whatever its workers do.
 *
 * @param hasBody it is not read, and the connection closed
 */
export function answerAlive(
  request: IncomingMessage,
  response: ServerResponse,
  hasBody: boolean,
): void {
  const allowed = request.method === "GET" || request.method === "HEAD";
  if (hasBody) {
    response.shouldKeepAlive = false;
    closeLingering(request.socket);
  }
  const body = allowed ? ALIVE : "405 Method Not Allowed\n";
  response.writeHead(allowed ? 200 : 405, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": body.length,
    "Cache-Control": "no-store",
    ...(allowed ? {} : { Allow: "GET, HEAD" }),
  });
  response.end(body);
}
