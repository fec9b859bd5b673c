import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Milliseconds that a client may go on sending, and may pause in that. */
const LINGER = 30_000;
const LINGER_PAUSE = 5000;

/**
 * End a response that comes before its request is whole: send it now, and close only when the client has stopped
 * sending. Closing at once resets the connection, and most clients would never see the answer.
 */
export function endEarly(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.write(body);
  const end = (): void => {
    clearTimeout(pause);
    clearTimeout(all);
    response.end();
  };
  const pause = setTimeout(end, LINGER_PAUSE).unref();
  const all = setTimeout(end, LINGER).unref();
  request.on("data", () => pause.refresh());
  request.once("end", end);
  request.once("close", end);
  request.resume();
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
