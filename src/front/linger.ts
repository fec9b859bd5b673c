import type { IncomingMessage, ServerResponse } from "node:http";

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
