import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What one or many clients do to a server. */
export interface Attack {
  id: string;
  title: string;
  /** A sentence for the page: what is done. */
  how: string;
  clients: number;
  /** One client, which attacks until it is told to stop. */
  client(port: number, over: AbortSignal): Promise<void>;
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED = "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

async function open(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  // It does not care what happens to its connection.
  socket.on("error", () => {});
  await new Promise<void>((resolve) => {
    socket.once("connect", () => resolve()).once("close", () => resolve());
  });
  return socket;
}

/** Write the same data as long as the server reads, up to this many bytes. */
async function flood(socket: Socket, data: string, most: number, over: AbortSignal): Promise<void> {
  const block = Buffer.from(data.repeat(Math.ceil(65_536 / data.length)));
  for (let sent = 0; sent < most && !over.aborted && !socket.destroyed;) {
    if (socket.writableLength < block.length) {
      socket.write(block);
      sent += block.length;
      await sleep(0);
    } else await sleep(10);
  }
}

async function until(over: AbortSignal, socket: Socket): Promise<void> {
  while (!over.aborted && !socket.destroyed) await sleep(50);
  socket.destroy();
}

/** Sends a head, then a byte of its body a second. */
function trickles(head: string) {
  return async (port: number, over: AbortSignal): Promise<void> => {
    const socket = await open(port);
    socket.write(head);
    for (; !over.aborted && !socket.destroyed; await sleep(1000)) socket.write("x");
    socket.destroy();
  };
}

function pipelines(most: number) {
  return async (port: number, over: AbortSignal): Promise<void> => {
    const socket = await open(port);
    socket.pause();
    await flood(socket, GET, most, over);
    await until(over, socket);
  };
}

export const attacks: Attack[] = [
  {
    id: "pipelining",
    title: "pipelines and never reads",
    how: "One client sends up to 12 MB of pipelined GETs and reads no response.",
    clients: 1,
    client: pipelines(12_000_000),
  },
  {
    id: "pipelining-many",
    title: "1,000 that pipeline and never read",
    how: "1,000 clients do the same, with up to 256 KB each.",
    clients: 1000,
    client: pipelines(256_000),
  },
  {
    id: "small-chunks",
    title: "a body in one-byte chunks",
    how: "One client sends a body of 1 MB in chunks of one byte, and again after each response.",
    clients: 1,
    async client(port, over) {
      while (!over.aborted) {
        const socket = await open(port);
        socket.write(CHUNKED);
        await flood(socket, "1\r\nx\r\n", 6_000_000, over);
        const answered = new Promise<void>((resolve) => {
          socket.once("data", () => resolve()).once("close", () => resolve());
          over.addEventListener("abort", () => resolve(), { once: true });
        });
        socket.write("0\r\n\r\n");
        await answered;
        socket.destroy();
      }
    },
  },
  {
    id: "behind-a-slow-one",
    title: "a chunked body behind a slow request",
    how: "One client requests a view that takes three seconds, and after that sends an endless body in chunks of one byte.",
    clients: 1,
    async client(port, over) {
      const socket = await open(port);
      socket.resume();
      socket.write(`GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${CHUNKED}`);
      await flood(socket, "1\r\nx\r\n", 12_000_000, over);
      await until(over, socket);
    },
  },
  {
    id: "silent-readers",
    title: "10 that do not read 50 MB",
    how: "Ten clients request 50 MB each and read nothing.",
    clients: 10,
    async client(port, over) {
      const socket = await open(port);
      socket.pause();
      socket.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
      await until(over, socket);
    },
  },
  {
    id: "trickling-uploads",
    title: "50 uploads that trickle",
    how: "50 clients announce 500 KB each and send one byte a second.",
    clients: 50,
    client: trickles("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"),
  },
  {
    id: "trickling-heads",
    title: "1,000 heads that trickle",
    how: "1,000 clients begin a request and send one byte of its head a second.",
    clients: 1000,
    client: trickles("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "),
  },
];
