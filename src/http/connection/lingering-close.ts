import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { connectionOf } from "./connection.ts";

// A lingering close (RFC 9112, section 9.6) closes our side of the connection at once, and the rest only when the client has
// stopped sending. Closing everything at once would reset the connection, and most clients would never see the response.

/** How long a client may go on sending. */
const LINGER_MS = 30_000;
/** How long a client may pause while it goes on sending. */
const LINGER_PAUSE_MS = 5000;

/** Makes the connection linger after its last response. For a response that is sent before its request is complete. */
export function lingerOnClose(socket: Socket): void {
  // node:http calls this after the last response of a connection.
  socket.destroySoon = () => {
    if (socket.destroyed) return;
    connectionOf(socket).linger();
    socket.end();
    discardInput(socket);
  };
}

/**
 * Makes a request the last one of its connection: nothing behind it is read as a request. This is for rejected requests, and
 * for offers to upgrade, which are ignored (RFC 9110, section 7.8): node:http drops what follows the offer in its packet, and
 * would go on reading in the middle of that.
 *
 * @param wantsBody whether the parser still has to read the request's body
 */
export function readNoMoreRequests(
  request: IncomingMessage,
  response: ServerResponse,
  wantsBody: boolean,
): void {
  const { socket } = request;
  response.shouldKeepAlive = false;
  lingerOnClose(socket);
  if (wantsBody && !request.readableEnded) request.once("end", () => detachParser(socket));
  // The parser may be running, and has not reached the end of this request.
  else process.nextTick(detachParser, socket);
}

/** Takes the input away from the parser, by a listener of our own. */
function detachParser(socket: Socket, onData: () => void = () => {}): void {
  connectionOf(socket).inputFlow?.stop();
  socket.removeAllListeners("data");
  socket.on("data", onData);
}

function discardInput(socket: Socket): void {
  const destroy = (): void => void socket.destroy();
  const pauseTimer = setTimeout(destroy, LINGER_PAUSE_MS).unref();
  const timer = setTimeout(destroy, LINGER_MS).unref();
  socket.once("end", destroy);
  socket.once("close", () => {
    clearTimeout(pauseTimer);
    clearTimeout(timer);
  });
  const detach = (): void => {
    // node:http has paused it again until the response is sent.
    if (socket.isPaused()) return;
    socket.off("resume", detach);
    detachParser(socket, () => pauseTimer.refresh());
  };
  // Only while the parser is attached does this make the socket read again.
  socket.on("resume", detach);
  socket.pause();
  socket.resume();
}

/**
 * Sends the last bytes of a connection and lets it linger. node:http goes on reading, and drops what it reads.
 *
 * @param data what to send; may be empty
 */
export function endAndLinger(socket: Socket, data: string): void {
  socket.end(data);
  if (socket.readableEnded) return void socket.once("finish", () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LINGER_PAUSE_MS).unref();
  socket.once("end", () => socket.destroySoon());
  socket.once("close", () => clearTimeout(timer));
}
