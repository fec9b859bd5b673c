import type { Socket } from "node:net";
import { HEADER_SIZE, HELLO } from "./frames.ts";

/** What a connection from a worker, or from a zygote, is for. Over a lifeline nothing is ever sent. */
export type Carries = "requests" | "answers" | "lifeline" | "stdout" | "stderr" | "orders";

/** The first words of whoever connects. */
export interface Hello {
  id: number;
  token: string;
  pid: number;
  carries: Carries;
}

/** Longer than any that is true. */
const LONGEST = 4096;

/**
 * Read the first frame of a connection, and leave the rest to `onHello`, which is to read the socket from then on. One
 * that begins otherwise is closed.
 */
export function readHello(socket: Socket, onHello: (hello: Hello) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    seen = seen.length > 0 ? Buffer.concat([seen, chunk]) : chunk;
    if (seen.length < HEADER_SIZE) return;
    const end = HEADER_SIZE + seen.readUInt32LE(0);
    if (seen[8] !== HELLO || end > LONGEST) return void socket.destroy();
    if (seen.length < end) return;
    socket.off("data", read);
    socket.pause();
    if (seen.length > end) socket.unshift(seen.subarray(end));
    onHello(JSON.parse(seen.toString("utf8", HEADER_SIZE, end)) as Hello);
    socket.resume();
  };
  socket.on("data", read);
  socket.on("error", () => {});
}
