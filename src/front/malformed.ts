import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { systemCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { connectionOf } from "./connection.ts";
import { clientAddress } from "./environ.ts";

const STATUSES: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * What the parser refuses gets its 400 (408, 413, 431) after the answers to what came before it on the connection:
 * node:http writes it at once, where a client takes it for the answer to a request that runs.
 *
 * @param log null where nobody wants a line for each request
 */
export function refuseMalformed(error: Error, socket: Socket, log: Log | null): void {
  const connection = connectionOf(socket);
  if (connection.refused) return;
  connection.refused = true;
  const code = systemCode(error) ?? "";
  if (!socket.writable || code === "ECONNRESET") return void socket.destroy();
  const status = STATUSES[code] ?? 400;
  const refuse = (): void => {
    if (!socket.writable) return;
    const what = `${status} ${STATUS_CODES[status]}`;
    const head = `HTTP/1.1 ${what}\r\nContent-Type: text/plain\r\nContent-Length: ${what.length + 1}`;
    socket.end(`${head}\r\nConnection: close\r\n\r\n${what}\n`, () => socket.destroy());
    log?.info(`${clientAddress(socket)}: ${what}: ${error.message}`);
  };
  const before = connection.latest;
  if (!before || before.writableFinished) refuse();
  else if (before.req.complete) before.once("finish", refuse);
  // It is the body of a request that is on its way in. Its answer may have begun; nothing can follow it.
  else if (before.socket === null || before.headersSent) socket.destroySoon();
  else refuse();
}
