import type { IncomingMessage, ServerResponse } from "node:http";
import { explain, QuintetError } from "../errors.ts";

/** A request that no application can answer: the framework's error handler has it, or, where there is none, we do. */
export function refuse(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: ((error?: unknown) => void) | undefined,
): void {
  if (next) {
    next(error);
    return;
  }
  // Nobody else would ever hear of it.
  console.error(explain(error));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const code = error instanceof QuintetError ? `${error.code}\n` : "";
  // What is left of the body would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(503, { "Content-Type": "text/plain; charset=utf-8", "Retry-After": "1" });
  response.end(`503 Service Unavailable\n${code}`);
}
