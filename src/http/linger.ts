import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { connectionOf } from "./connection.ts";

/** Milliseconds that a client may go on sending, and may pause in that. */
const LINGER = 30_000;
const LINGER_PAUSE = 5000;

/**
 * Have a connection closed in two steps once its last answer is written: our side at once, all of it only when the
 * client has stopped sending (RFC 9112, section 9.6). For an answer that comes before its request is whole: closing at
 * once resets the connection, and most clients would never see the answer.
 */
export function closeLingering(socket: Socket): void {
  // What node:http calls after the last answer of a connection.
  socket.destroySoon = () => {
    if (socket.destroyed) return;
    socket.end();
    discard(socket);
  };
}

/**
 * Nothing that stands behind this request is one. So it is with a refusal, and with an offer to upgrade, which we pass
 * over (RFC 9110, section 7.8): node:http drops what stands behind that in the same packet, and would read on in the
 * midst of what it has dropped.
 *
 * @param wantsBody until its end the parser is needed
 */
export function lastOfConnection(
  request: IncomingMessage,
  response: ServerResponse,
  wantsBody: boolean,
): void {
  const { socket } = request;
  response.shouldKeepAlive = false;
  closeLingering(socket);
  if (wantsBody && !request.readableEnded) request.once("end", () => ignore(socket));
  // The parser may be at work: it has not come to the end of this request.
  else process.nextTick(ignore, socket);
}

/** A listener takes the bytes away from the parser: no request is seen in what comes now. */
function ignore(socket: Socket, heard: () => void = () => {}): void {
  connectionOf(socket).intake?.stop();
  socket.removeAllListeners("data");
  socket.on("data", heard);
}

function discard(socket: Socket): void {
  const end = (): void => void socket.destroy();
  const pause = setTimeout(end, LINGER_PAUSE).unref();
  const all = setTimeout(end, LINGER).unref();
  socket.once("end", end);
  socket.once("close", () => {
    clearTimeout(pause);
    clearTimeout(all);
  });
  const take = (): void => {
    // node:http has paused it again, until the answer is out.
    if (socket.isPaused()) return;
    socket.off("resume", take);
    ignore(socket, () => pause.refresh());
  };
  // Only while the parser has it does that start to read again.
  socket.on("resume", take);
  socket.pause();
  socket.resume();
}

/**
 * End a connection on which the client may still be sending what nobody wants: close when it has stopped. node:http goes
 * on reading, and drops what it reads.
 */
export function endSocket(socket: Socket, data: string): void {
  socket.end(data);
  if (socket.readableEnded) return void socket.once("finish", () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LINGER_PAUSE).unref();
  socket.once("end", () => socket.destroySoon());
  socket.once("close", () => clearTimeout(timer));
}
