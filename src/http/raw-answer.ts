import { STATUS_CODES } from "node:http";

/**
 * The whole of an answer that ends its connection, where node:http has no response to write it to.
 *
 * @param body after the status, which is its first line; null for none
 * @param more further lines of the head
 * @param isHead answers a HEAD: it has the length of its body, and not the body
 */
export function rawAnswer(
  status: number,
  body: string | null,
  more: string[],
  isHead: boolean = false,
): string {
  const what = `${status} ${STATUS_CODES[status]}`;
  const text = body === null ? "" : `${what}\n${body}\n`;
  const head = [
    `HTTP/1.1 ${what}`,
    `Date: ${new Date().toUTCString()}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    "Connection: close",
    ...more,
  ];
  return `${head.join("\r\n")}\r\n\r\n${isHead ? "" : text}`;
}
