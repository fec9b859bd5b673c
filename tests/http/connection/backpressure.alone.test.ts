import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { collecting } from "../../../testing/collect.ts";
import { megabytes } from "../../../testing/processes.ts";
import { start } from "../../../testing/server.ts";
import { settled } from "../../../testing/settled.ts";
import { folderWith } from "../../../testing/temp.ts";

async function ask(socketPath: string, length: number, piece: number): Promise<IncomingMessage> {
  const asking = request({ socketPath, path: `/${length}?${piece}`, agent: false }).end();
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  response.pause();
  return response;
}

const number = (index: number): string => `${String(index % 100_000).padStart(9, "0")},`;

/** Reads it to its end, and checks that every byte is in its place. */
async function readAll(response: IncomingMessage): Promise<number> {
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const from = Math.floor(received / 10);
    const to = Math.ceil((received + chunk.length) / 10);
    let text = "";
    for (let index = from; index < to; index += 1) text += number(index);
    const expected = text.slice(received - from * 10, received - from * 10 + chunk.length);
    if (chunk.toString("latin1") !== expected)
      throw new Error(`the bytes from ${received} on are others`);
    received += chunk.length;
  }
  return received;
}

/**
 * The memory that stalled responses hold, on unix sockets, where the kernel buffers little. One of
 * them is read to its end.
 */
async function grows(clients: number, piece: number, length: number): Promise<number> {
  const socketPath = join(folderWith(), "socket");
  const args = ["--workers", "1", "--threads", String(clients), "--bind", `unix:${socketPath}`];
  // Their workers wait. Responses in temporary files are tested elsewhere.
  args.push("--response-spool", "0");
  // Garbage is not held, but cannot be told from what is.
  const { env, collect } = collecting();
  const server = await start("bulk", { args, env });
  const held = async (): Promise<number> => {
    await settled(server.front);
    await collect();
    return megabytes(server.front);
  };
  const each = <T>(run: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: clients }, run));
  try {
    // All threads and connections exist now, so any memory that is kept for more will show later.
    for (let round = 0; round < 3; round += 1) {
      await each(async () => readAll(await ask(socketPath, 1000, 100)));
    }
    const before = await held();
    const [first, ...others] = await each(() => ask(socketPath, length, piece));
    const after = await held();
    for (const response of others) response.destroy();
    assert.equal(await readAll(first as IncomingMessage), length);
    return after - before;
  } finally {
    await server.stop();
  }
}

/** So many that the memory they hold stands out from what the processes need anyway. */
const CLIENTS = 50;

for (const [name, piece, length] of [
  ["large pieces", 65536, 30_000_000],
  ["pieces of 100 bytes", 100, 3_000_000],
] as const) {
  test(`a slow client's response in ${name} holds at most 1 MB of memory, and arrives complete`, async (t) => {
    const megabytes = await grows(CLIENTS, piece, length);
    t.diagnostic(`${megabytes.toFixed(1)} MB`);
    assert.ok(megabytes <= CLIENTS, `${CLIENTS} of them hold ${megabytes.toFixed(1)} MB`);
  });
}
