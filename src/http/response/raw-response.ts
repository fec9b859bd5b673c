import { STATUS_CODES } from "node:http";
import { RETRY_AFTER_SECONDS } from "../../shared/retry-after.ts";

/**
 * A whole HTTP/1.1 response as text, for a connection on which node:http has no response object. It closes the connection.
 *
 * @param reason the body, below a line with the status; null for no body
 * @param fields more header lines, each as `Name: value`
 * @param isHead whether this responds to HEAD, with the Content-Length of the body but without the body
 */
export function rawResponse(
  status: number,
  reason: string | null,
  fields: string[],
  isHead: boolean = false,
): string {
  const statusText = `${status} ${STATUS_CODES[status]}`;
  const body = reason === null ? "" : `${statusText}\n${reason}\n`;
  const head = [
    `HTTP/1.1 ${statusText}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...(status === 503 ? [`Retry-After: ${RETRY_AFTER_SECONDS}`] : []),
    ...fields,
  ];
  return `${head.join("\r\n")}\r\n\r\n${isHead ? "" : body}`;
}
