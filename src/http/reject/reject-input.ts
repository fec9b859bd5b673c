import type { Socket } from "node:net";
import { systemCode } from "../../shared/errors.ts";
import { type Connection, connectionOf } from "../connection/connection.ts";
import { endAndLinger } from "../connection/lingering-close.ts";
import type { RequestLog } from "../request-log.ts";
import { CODE_HEADER } from "../response/error-response.ts";
import { rawResponse } from "../response/raw-response.ts";
import { isHead, lineOf, type ParseError, statusOf } from "./parse-error.ts";
import { RequestError } from "./request-error.ts";

/** Rejects input that node:http's parser refused. There is no request object for it. */
export function rejectMalformed(error: ParseError, socket: Socket, log: RequestLog): void {
  const connection = connectionOf(socket);
  if (connection.isRejected) return;
  const code = systemCode(error) ?? "";
  const isSilent = code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
  if (!socket.writable || code === "ECONNRESET" || isSilent) return void socket.destroy();
  if (code === "HPE_CLOSED_CONNECTION") return ignoreRest(connection);
  const { head, isLineComplete } = connection.inputFlow ?? { head: null, isLineComplete: false };
  const status = statusOf(error, connection.malformedLine, isLineComplete);
  const reason = error.reason ?? error.message;
  const { latest } = connection;
  // If the newest request is not complete, it is its body that is malformed.
  const answersHead =
    latest?.req.complete === false ? latest.req.method === "HEAD" : isHead(error, head);
  const rejectWith = (known: RequestError["status"]): void =>
    rejectConnection(connection, new RequestError(known, reason), log, answersHead);
  if (status !== null) return rejectWith(status);
  // The status depends on the rest of the line, which may never come. In that case node:http ends the connection.
  if (connection.malformedLine === "") {
    socket.prependOnceListener("end", () => {
      if (!connection.isRejected) rejectWith(400);
    });
  }
  connection.malformedLine += lineOf(error, connection.malformedLine);
}

/**
 * Rejects the input of a connection: nothing after it is read as a request. Earlier requests are answered first.
 *
 * @param isHead whether a HEAD request is rejected; null if unknown
 */
export function rejectConnection(
  connection: Connection,
  error: RequestError,
  log: RequestLog,
  isHead: boolean | null,
): void {
  const { socket, latest, state } = connection;
  connection.rejectInput();
  const reject = (): void => {
    if (!socket.writable) return;
    connection.linger();
    endAndLinger(socket, responseTo(error, isHead));
    log.rejected(socket, error);
  };
  switch (state) {
    case "idle":
    case "reading head":
    case "reading body":
      return reject();
    case "discarding body":
      // The request has its response. The client would take another one for the response to its next request.
      log.rejected(socket, error);
      connection.linger();
      return endAndLinger(socket, "");
    case "queued":
    case "handling":
    case "answering":
      // The client would take a response written now for the response to its previous request.
      if (latest?.req.complete) {
        // Before node:http's own listener, which ends the connection if the client has closed its side.
        latest.prependOnceListener("finish", () => {
          if (latest.shouldKeepAlive) reject();
        });
      } else if (state === "queued") connection.rejectQueued = reject;
      // The response has begun, so no other one can follow it.
      else socket.destroySoon();
      return;
    default: // lingering or closed: nobody would read a response
  }
}

/** If the request may be a HEAD, the response has no body, and a header carries the error code. */
function responseTo({ status, code, message }: RequestError, isHead: boolean | null): string {
  const body = isHead === null ? null : `${code}: ${message}`;
  const fields = isHead === false ? [] : [`${CODE_HEADER}: ${code}`];
  return rawResponse(status, body, fields, isHead === true);
}

/** Ignores what follows the last request of a connection, so that it does not spoil the response. */
function ignoreRest(connection: Connection): void {
  const { socket } = connection;
  connection.rejectInput();
  // node:http closes the connection once the response is written. A client that still sends would get a reset, and lose the
  // response.
  socket.destroySoon = () => {
    connection.linger();
    endAndLinger(socket, "");
  };
}
