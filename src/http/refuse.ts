import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { systemCode } from "../shared/errors.ts";
import type { Log } from "../shared/log.ts";
import { type Connection, connectionOf, isOver } from "./connection.ts";
import { clientAddress } from "./environ.ts";
import { CODE_FIELD } from "./error-answer.ts";
import { endSocket } from "./linger.ts";
import { isHead, lineOf, type ParseError, statusOf } from "./malformed.ts";
import { rawAnswer } from "./raw-answer.ts";
import { Refusal } from "./refusal.ts";

/** A request that never became one of node:http's: the parser has refused it. */
export function refuseMalformed(error: ParseError, socket: Socket, log: Log): void {
  const connection = connectionOf(socket);
  if (connection.refused) return;
  const code = systemCode(error) ?? "";
  const isSilent = code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
  if (!socket.writable || code === "ECONNRESET" || isSilent) return void socket.destroy();
  if (code === "HPE_CLOSED_CONNECTION") return ignoreRest(connection, socket);
  const { begun, lineEnded } = connection.intake ?? { begun: null, lineEnded: false };
  const status = statusOf(error, connection.line, lineEnded);
  const why = error.reason ?? error.message;
  const { latest } = connection;
  // Where the latest request is not whole it is its body that is refused.
  const head = latest?.req.complete === false ? latest.req.method === "HEAD" : isHead(error, begun);
  if (status !== null) return refuseConnection(socket, new Refusal(status, why), log, head);
  // Nothing more may come. node:http ends the connection then.
  if (connection.line === "") {
    socket.prependOnceListener("end", () => {
      if (!connection.refused) refuseConnection(socket, new Refusal(400, why), log, head);
    });
  }
  connection.line += lineOf(error, connection.line);
}

/**
 * Nothing that follows on the connection is a request. What came before on it is answered first.
 *
 * @param head whether it is a HEAD that is refused; null where nobody knows
 */
export function refuseConnection(
  socket: Socket,
  refusal: Refusal,
  log: Log,
  head: boolean | null,
): void {
  const connection = connectionOf(socket);
  connection.refused = true;
  const refuse = (): void => {
    if (!socket.writable) return;
    endSocket(socket, answerOf(refusal, head));
    logRefusal(log, socket, refusal);
  };
  // node:http writes its own at once, where a client takes it for the answer to a request that runs.
  const before = connection.latest;
  if (!before) refuse();
  else if (before.writableFinished && !before.req.complete) {
    // It is the body of a request that has its answer: another would be taken for the answer to the next one.
    logRefusal(log, socket, refusal);
    endSocket(socket, "");
  } else if (isOver(before)) refuse();
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

/** What may answer a HEAD has no body, and names the code in its head. */
function answerOf({ status, code, message }: Refusal, head: boolean | null): string {
  const body = head === null ? null : `${code}: ${message}`;
  return rawAnswer(status, body, head === false ? [] : [`${CODE_FIELD}: ${code}`], head === true);
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
