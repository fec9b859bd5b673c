import type { IncomingMessage, ServerResponse } from "node:http";
import { explain, QuintetError } from "../../shared/errors.ts";
import { RETRY_AFTER_SECONDS } from "../../shared/retry-after.ts";

/**
 * Answer a request whose application could not be started.
 *
 * @param next passes the error to the framework's error handler. Without it, the client gets 503 and stderr gets the error
 */
export function answerUnavailable(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: ((error?: unknown) => void) | undefined,
): void {
  if (next) {
    next(error);
    return;
  }
  // Nothing else reports the error.
  console.error(explain(error));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const code = error instanceof QuintetError ? `${error.code}\n` : "";
  const body = `503 Service Unavailable\n${code}`;
  // node:http would read the rest of the body as the next request, and also what follows an offer to upgrade.
  if (!request.complete || request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
  response.writeHead(503, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    "Retry-After": RETRY_AFTER_SECONDS,
  });
  response.end(body);
}
