import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { collecting } from "../../../testing/collect.ts";
import { measured } from "../../../testing/control.ts";
import { bytesIn } from "../../../testing/open-files.ts";
import { raw } from "../../../testing/socket.ts";
import { megabytes } from "../../../testing/processes.ts";
import { type Running, start } from "../../../testing/server.ts";
import { untilRequests } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

/** A client that reads at most that many bytes per second. */
interface Client {
  got(): number;
  destroy(): void;
}

function slowly(path: string, target: string, rate: number): Client {
  let got = 0;
  const socket = connect(path);
  const tick = setInterval(() => {
    const size = Math.min(rate / 10, socket.readableLength);
    if (size > 0) got += (socket.read(size) as Buffer).length;
  }, 100);
  socket.on("readable", () => {}); // so that nothing is read but by read()
  socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return {
    got: () => got,
    destroy() {
      clearInterval(tick);
      socket.destroy();
    },
  };
}

/** Sends that many requests, one after the other. Fails if one of them takes long. */
async function delaysNobody(t: TestContext, server: Running, times: number): Promise<void> {
  const { result, allow } = await measured(async () => {
    let most = 0;
    for (let count = 0; count < times; count += 1) {
      const began = performance.now();
      const response = await fetch(`${server.url}/pid?`);
      assert.equal(response.status, 200);
      await response.text();
      most = Math.max(most, performance.now() - began);
      await sleep(20);
    }
    return most;
  });
  t.diagnostic(`at most ${result.toFixed(0)} ms, with ${allow(100).toFixed(0)} allowed`);
  assert.ok(result <= allow(100), `somebody waited ${result} ms, with ${allow(100)} allowed`);
}

/** Requests something, and reads all of it. */
async function whole(socket: string, path: string): Promise<void> {
  const client = await raw(socket);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  assert.match((await client.closed()).text, /^HTTP\/1\.1 200 /);
}

/**
 * Fifty slow clients of a server that has two workers.
 *
 * @param limit the megabytes by which the front and its workers may grow
 * @param first requested before the memory is measured, so that the cost of the first request of a kind does not count
 * @param ready what must have arrived before the memory is measured again
 */
async function fifty(
  t: TestContext,
  target: string,
  rate: number,
  limit: number,
  first: string,
  ready: (spooled: number, clients: Client[]) => boolean,
): Promise<{ clients: Client[]; spooled: number }> {
  const folder = folderWith();
  const socket = join(folder, "socket");
  const { env, collect } = collecting();
  const args = ["--workers", "2", "--bind", `unix:${socket}`, "--temp-dir", folder];
  const server = await start("files", { args, env });
  const clients: Client[] = [];
  const { front } = server;
  const spooled = (): number => bytesIn(front, folder);
  const held = async (): Promise<number> => {
    await collect();
    return megabytes(front);
  };
  try {
    await delaysNobody(t, server, 10);
    await whole(socket, first);
    const before = await held();
    for (let count = 0; count < 50; count += 1) clients.push(slowly(socket, target, rate));
    await until(() => ready(spooled(), clients), "all of them read");
    // The pages themselves cost the workers memory once.
    await untilRequests(server, { running: 0, waiting: 0 });
    await delaysNobody(t, server, 50);
    const grown = (await held()) - before;
    t.diagnostic(`grown by ${grown.toFixed(1)} MB`);
    assert.ok(grown < limit, `it has grown by ${grown.toFixed(0)} MB`);
    return { clients, spooled: spooled() };
  } finally {
    for (const client of clients) client.destroy();
    await server.stop();
  }
}

test("50 clients that read a page of 5 MB at 10 KB/s delay no other client, with two workers", async (t) => {
  const ready = (spooled: number): boolean => spooled > 50 * 4_000_000;
  const { clients } = await fifty(t, "/page?5000000", 10_000, 30, "/page?1", ready);
  assert.ok(clients.every(({ got }) => got() > 0 && got() < 4_000_000));
});

test("50 downloads of 1 GB to slow clients hold no worker, and memory stays flat", async (t) => {
  const folder = folderWith({ big: "", small: "x" });
  const file = join(folder, "big");
  truncateSync(file, 1e9);
  const first = `/plain?${join(folder, "small")}`;
  const ready = (_: number, clients: Client[]): boolean => clients.every(({ got }) => got() > 0);
  const { spooled } = await fifty(t, `/plain?${file}`, 100_000, 45, first, ready);
  assert.equal(spooled, 0, "a file is not copied into another");
});
