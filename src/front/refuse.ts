import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { systemCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Connection, connectionOf } from "./connection.ts";
import { clientAddress } from "./environ.ts";
import { endSocket } from "./linger.ts";
import { lineOf, type ParseError, statusOf } from "./malformed.ts";
import { Refusal } from "./refusal.ts";

/** A request that never became one of node:http's: the parser has refused it. */
export function refuseMalformed(error: ParseError, socket: Socket, log: Log): void {
  const connection = connectionOf(socket);
  if (connection.refused) return;
  const code = systemCode(error) ?? "";
  const isSilent = code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
  if (!socket.writable || code === "ECONNRESET" || isSilent) return void socket.destroy();
  if (code === "HPE_CLOSED_CONNECTION") return ignoreRest(connection, socket);
  const status = statusOf(error, connection.line, connection.intake?.lineEnded ?? false);
  const why = error.reason ?? error.message;
  if (status !== null) return refuseConnection(socket, new Refusal(status, why), log);
  // Nothing more may come. node:http ends the connection then.
  if (connection.line === "") {
    socket.prependOnceListener("end", () => {
      if (!connection.refused) refuseConnection(socket, new Refusal(400, why), log);
    });
  }
  connection.line += lineOf(error, connection.line);
}

/** Nothing that follows on the connection is a request. What came before on it is answered first. */
export function refuseConnection(socket: Socket, refusal: Refusal, log: Log): void {
  const connection = connectionOf(socket);
  connection.refused = true;
  const refuse = (): void => {
    if (!socket.writable) return;
    const what = `${refusal.status} ${STATUS_CODES[refusal.status]}`;
    const body = `${what}\n${refusal.code}: ${refusal.message}\n`;
    const head = `HTTP/1.1 ${what}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
    endSocket(socket, `${head}\r\nConnection: close\r\n\r\n${body}`);
    logRefusal(log, socket, refusal);
  };
  // node:http writes its own at once, where a client takes it for the answer to a request that runs.
  const before = connection.latest;
  if (!before || before.writableFinished) refuse();
  else if (before.req.complete) {
    // Before node:http, which ends the connection if the client has ended its half.
    before.prependOnceListener("finish", () => {
      if (before.shouldKeepAlive) refuse();
    });
  }
  // It is the body of a request that is on its way in, and waits for the answers before it.
  else if (before.socket === null) connection.refuseLatest = refuse;
  // Its answer has begun; nothing can follow it.
  else if (before.headersSent) socket.destroySoon();
  else refuse();
}

/** The one line that says why. */
export function logRefusal(log: Log, socket: Socket, refusal: Refusal, request?: string): void {
  const { status, code, message } = refusal;
  const fields = request === undefined ? { code } : { code, request };
  log.info(fields, `${clientAddress(socket)}: ${status} ${STATUS_CODES[status]}: ${message}`);
}

/** What follows the last request of a connection is nobody's concern, and does not spoil the answer. */
function ignoreRest(connection: Connection, socket: Socket): void {
  connection.refused = true;
  // node:http closes once the answer is written. A client that still sends would be sent a reset, and lose the answer.
  socket.destroySoon = () => endSocket(socket, "");
}
