import type { IncomingMessage, ServerResponse } from "node:http";
import { explain, QuintetError } from "../../shared/errors.ts";
import { RETRY_AFTER_SECONDS } from "../../shared/retry-after.ts";

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
  const body = `503 Service Unavailable\n${code}`;
  // What is left of the body would be taken for the next request, and so would be what node:http has not lost behind an
  // offer to upgrade.
  if (!request.complete || request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
  response.writeHead(503, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    "Retry-After": RETRY_AFTER_SECONDS,
  });
  response.end(body);
}
