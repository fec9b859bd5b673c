import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { barrier } from "../../../testing/barrier.ts";
import { measured } from "../../../testing/control.ts";
import { parseResponses } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import type { Running } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { PATIENCE, until } from "../../../testing/wait.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** The memory of a process, in megabytes. */
function resident(pid: number): number {
  return (
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1000
  );
}

/** The CPU time of a process, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A client that sends the same bytes again and again, as long as the server takes them, and reads nothing. */
async function floods(
  server: Running,
  data: string,
  most: number,
): Promise<{ client: RawConnection; sent: number }> {
  const client = await raw(server.port);
  client.socket.pause();
  const block = Buffer.from(data.repeat(Math.ceil(65_536 / data.length)));
  let sent = 0;
  // The kernel's buffers are read in bursts.
  let quiet = 0;
  while (sent < most && quiet < 10) {
    if (client.socket.writableLength < block.length) {
      client.socket.write(block);
      sent += block.length;
      quiet = 0;
    } else quiet += 1;
    await sleep(quiet === 0 ? 0 : 100);
  }
  return { client, sent: sent - client.socket.writableLength };
}

/** The longest time that a request of another client takes meanwhile, compared with what this machine makes any request wait. */
async function bystander(server: Running, meanwhile: () => Promise<void>): Promise<void> {
  const { result, allow } = await measured(async () => {
    let longest = 0;
    const over = new AbortController();
    const asking = (async () => {
      while (!over.signal.aborted) {
        const began = performance.now();
        assert.equal((await fetch(server.url)).status, 200);
        longest = Math.max(longest, performance.now() - began);
        await sleep(5);
      }
    })();
    await meanwhile().finally(() => over.abort());
    await asking;
    return longest;
  });
  assert.ok(result < allow(200), `a bystander waited ${result} ms, beside ${allow(0)} ms`);
}

test("a client that pipelines and never reads is no longer read from, so it costs neither memory nor other clients' time", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "2", "--no-access-log"] });
  const before = resident(server.front);
  await bystander(server, async () => {
    const { client, sent } = await floods(server, GET, 60_000_000);
    assert.ok(sent < 30_000_000, `${sent} bytes were taken`);
    const grown = resident(server.front) - before;
    assert.ok(grown < 60, `the front has grown by ${grown} MB`);
    client.destroy();
  });
});

test("pipelined requests are all answered in order, even if the client closes its half after them", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "2"] });
  const client = await raw(server.port);
  const count = 3000;
  for (let index = 0; index < count; index += 1) client.write(get(`/digest?${index}`));
  client.socket.end();
  const { text } = await client.closed();
  assert.equal(parseResponses(text).length, count);
  await server.logged(({ access }) => access?.path === `/digest?${count - 1}`);
  const paths = server.log().flatMap(({ access }) => (access ? [access.path] : []));
  assert.deepEqual(
    paths,
    Array.from({ length: count }, (_, index) => `/digest?${index}`),
  );
});

test("behind a request that runs, a few are read, and of a body behind them no more than a piece", async (t) => {
  const server = await serve(t, "held", { args: ["--workers", "1", "--no-access-log"] });
  const held = barrier();
  const before = resident(server.front);
  const client = await raw(server.port);
  client.write(get(`/wait?${held.path}`));
  await held.untilReached();
  // Each byte of this body is its own chunk.
  client.write("POST /pid HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const chunks = Buffer.from("1\r\nx\r\n".repeat(10_000));
  let sent = 0;
  for (let quiet = 0; sent < 20_000_000 && quiet < 10;) {
    if (client.socket.writableLength < chunks.length) {
      client.socket.write(chunks);
      sent += chunks.length;
      quiet = 0;
    } else quiet += 1;
    await sleep(quiet === 0 ? 0 : 100);
  }
  assert.ok(sent < 12_000_000, `${sent} bytes were taken`);
  const grown = resident(server.front) - before;
  assert.ok(grown < 40, `the front has grown by ${grown} MB`);
  client.write("0\r\n\r\n");
  held.open();
  await client.receives((text) => parseResponses(text).length === 2, 4 * PATIENCE);
  client.destroy();
});

for (const mode of ["true", "false"]) {
  test(`a body in chunks of one byte costs no more memory than its bytes, with --request-buffering ${mode}`, async (t) => {
    const args = ["--workers", "2", "--request-buffering", mode];
    const server = await serve(t, "basic", { args });
    const before = { memory: resident(server.front), cpu: cpuSeconds(server.front) };
    const size = 500_000;
    await bystander(server, async () => {
      const client = await raw(server.port);
      client.write("POST /digest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.write("1\r\nx\r\n".repeat(size) + "0\r\n\r\n");
      await client.receives(new RegExp(`${size} \\w{64}`), 2 * PATIENCE);
      client.destroy();
    });
    const used = cpuSeconds(server.front) - before.cpu;
    // It took 15 seconds before small pieces were copied into blocks.
    assert.ok(used < 5, `${used} s of processor time`);
    const grown = resident(server.front) - before.memory;
    assert.ok(grown < 60, `the front has grown by ${grown} MB`);
  });
}

test("a body that trickles in byte by byte holds no more memory than its bytes", async (t) => {
  const server = await serve(t, "basic");
  const before = resident(server.front);
  const clients = await Promise.all(Array.from({ length: 20 }, () => raw(server.port)));
  for (const client of clients) {
    client.write("POST /digest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.write("1\r\nx\r\n".repeat(60_000));
  }
  await until(
    () => clients.every(({ socket }) => socket.writableLength === 0),
    "all of it is sent",
  );
  assert.equal((await fetch(server.url)).status, 200);
  // 1.2 MB of bytes, which took 500 MB when each was kept as a piece.
  const grown = resident(server.front) - before;
  assert.ok(grown < 60, `the front has grown by ${grown} MB`);
  for (const client of clients) client.destroy();
});
