import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { closeLingering } from "./linger.ts";

/** Names the code where no body can: in an answer to HEAD. */
export const CODE_FIELD = "Quintet-Error";

/**
 * Answer with a line of text that names the code and the request, to be found in the log.
 *
 * @returns the length of the body
 */
export function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  requestId: string,
): number {
  const body = `${status} ${STATUS_CODES[status]}\n${code}, request ${requestId}\n`;
  const bytes = Buffer.byteLength(body);
  const head = ["Content-Type", "text/plain; charset=utf-8", "Content-Length", String(bytes)];
  if (request.method === "HEAD") head.push(CODE_FIELD, code.split(":", 1)[0] as string);
  if (status === 503) head.push("Retry-After", "1");
  if (!request.complete) {
    response.shouldKeepAlive = false;
    closeLingering(request.socket);
  }
  response.writeHead(status, head);
  response.end(body);
  return bytes;
}
