import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { RETRY_AFTER_SECONDS } from "../../shared/retry-after.ts";
import { lingerOnClose } from "../connection/lingering-close.ts";

/** Carries the error code in a response that has no body, such as one to HEAD. */
export const CODE_HEADER = "Quintet-Error";

/**
 * Responds with a line of text that names the error code and the request id, so that a user can find the request in the log.
 *
 * @param code the error code, optionally followed by a colon and a reason
 * @returns the length of the body in bytes
 */
export function writeErrorResponse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  requestId: string,
): number {
  const body = `${status} ${STATUS_CODES[status]}\n${code}, request ${requestId}\n`;
  const bytes = Buffer.byteLength(body);
  const head = ["Content-Type", "text/plain; charset=utf-8", "Content-Length", String(bytes)];
  if (request.method === "HEAD") head.push(CODE_HEADER, code.split(":", 1)[0] as string);
  if (status === 503) head.push("Retry-After", RETRY_AFTER_SECONDS);
  if (!request.complete) {
    response.shouldKeepAlive = false;
    lingerOnClose(request.socket);
  }
  response.writeHead(status, head);
  response.end(body);
  return bytes;
}
