import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { connectionOf } from "./connection.ts";

// A lingering close (RFC 9112, section 9.6) closes our side of the connection at once, and the rest only when the client has
// stopped sending. Closing everything at once would reset the connection, and most clients would never see the response.

/** How long a client may keep sending. */
const LINGER_MS = 30_000;
/** How long a client may pause while it keeps sending. */
const LINGER_PAUSE_MS = 5000;

/** Makes the connection linger after its last response. Needed if the response is sent before the request is complete. */
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
 * Makes a request the last one of its connection: nothing after it is read as a request. Used for rejected requests, and for
 * offers to upgrade, which are ignored (RFC 9110, section 7.8): node:http drops the rest of the packet after an offer, and
 * would continue in the middle of whatever follows.
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
  // The parser may be running and may not have reached the end of this request, so wait until it returns.
  else process.nextTick(detachParser, socket);
}

/** Replaces the parser by a listener of our own. */
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
    // node:http has paused the socket again until the response is sent.
    if (socket.isPaused()) return;
    socket.off("resume", detach);
    detachParser(socket, () => pauseTimer.refresh());
  };
  // Pausing and resuming makes the socket read again, but only while the parser is attached. So detach afterwards.
  socket.on("resume", detach);
  socket.pause();
  socket.resume();
}

/**
 * Sends the last bytes of a connection and lets it linger. node:http keeps reading and drops what it reads.
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
