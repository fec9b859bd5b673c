import { connect } from "node:net";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { PATIENCE } from "../../testing/wait.ts";

/** What was received on one connection. */
export interface Exchange {
  /** The unique address that the connection came from; the application records it with each request. */
  client: string;
  /** Everything received, as latin-1. */
  text: string;
  /** How it ended: "end", the code of an error such as ECONNRESET, or "hangs". */
  how: string;
}

/** Milliseconds of silence after which a patient client half-closes its connection. */
const SETTLE = 1000;
/** Milliseconds after which a connection without a response or an end counts as hanging. */
const HANGS = PATIENCE;

let clients = 0;

/**
 * Send these packets to a port of 127.0.0.1, and take what comes until the other side closes.
 *
 * @param patient keep our half of the connection open until nothing more arrives; otherwise close it with the last packet
 */
export async function exchange(to: number, packets: string[], patient: boolean): Promise<Exchange> {
  // All of 127.0.0.0/8 is this machine. Ports are used again too soon to tell connections apart.
  clients += 1;
  const client = `127.${1 + (clients >> 16)}.${(clients >> 8) & 255}.${clients & 255}`;
  const socket = connect({
    port: to,
    host: "127.0.0.1",
    localAddress: client,
    noDelay: true,
    allowHalfOpen: true,
  });
  const chunks: Buffer[] = [];
  let how = "";
  let quiet: NodeJS.Timeout | undefined;
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    quiet?.refresh();
  });
  socket.on("end", () => {
    how ||= "end";
    socket.end();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => (how ||= error.code ?? "error"));
  await new Promise((resolve) => socket.once("connect", resolve).once("error", resolve));
  for (const [index, packet] of packets.entries()) {
    if (how || !socket.writable) break;
    const isLast = index === packets.length - 1;
    if (isLast && !patient) socket.end(packet, "latin1");
    else socket.write(packet, "latin1");
    // So that it is read separately.
    if (!isLast) await (packets.length > 50 ? setImmediate() : sleep(1));
  }
  // An empty message.
  if (packets.length === 0 && !patient) socket.end();
  const hangs = setTimeout(() => {
    how = "hangs";
    socket.destroy();
  }, HANGS);
  if (!socket.writableEnded && socket.writable) quiet = setTimeout(() => socket.end(), SETTLE);
  await closed;
  clearTimeout(hangs);
  clearTimeout(quiet);
  return { client, text: Buffer.concat(chunks).toString("latin1"), how: how || "close" };
}

/** Process all items, some of them at a time. */
export async function each<T, R>(
  all: readonly T[],
  atOnce: number,
  act: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < all.length) {
      const index = next++;
      results[index] = await act(all[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
