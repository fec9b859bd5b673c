import assert from "node:assert/strict";
import {
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { disk, noDisk } from "../../testing/disk.ts";
import { parseResponses } from "../../testing/http.ts";
import { serve } from "../../testing/serve.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { type RawConnection, raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

interface Site {
  server: Running;
  /** Slow clients come here: of a unix socket the system takes little off our hands. */
  socket: string;
  /** Temporary files of the front, in bytes. */
  spooled(): number;
}

async function site(t: TestContext, app: string, ...args: string[]): Promise<Site> {
  const folder = folderWith();
  const socket = join(folder, "socket");
  const all = ["--bind", `unix:${socket}`, "--temp-dir", folder];
  all.push("--graceful-timeout", "3", ...args);
  const server = await serve(t, app, { args: all });
  return { server, socket, spooled: () => spooled(server.front, folder) };
}

/** The files of a folder that a process has open, as it names them. */
function openIn(pid: number, folder: string): string[] {
  const all = readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
  return all.filter((path) => {
    try {
      return readlinkSync(path).startsWith(`${folder}/`) && statSync(path).isFile();
    } catch {
      return false; // closed meanwhile
    }
  });
}

function spooled(pid: number, folder: string): number {
  const sizes = openIn(pid, folder).map(
    (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A client that takes so many bytes a second at most, until it is let go. */
function slowly(t: TestContext, path: string, target: string, rate: number): () => number {
  let got = 0;
  const socket = connect(path);
  const tick = setInterval(() => {
    const size = Math.min(rate / 10, socket.readableLength);
    if (size > 0) got += (socket.read(size) as Buffer).length;
  }, 100);
  socket.on("readable", () => {}); // so that nothing is read but by read()
  socket.write(request(target));
  t.after(() => {
    clearInterval(tick);
    socket.destroy();
  });
  return () => got;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

/**
 * The longest of so many requests that come one after the other, in milliseconds; the best of three such rounds, for
 * others may use this machine.
 */
async function longest(server: Running, times: number): Promise<number> {
  const rounds: number[] = [];
  while (rounds.length < 3 && !rounds.some((most) => most < 100))
    rounds.push(await round(server, times));
  return Math.min(...rounds);
}

async function round(server: Running, times: number): Promise<number> {
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
}

test("50 clients that read a page of 5 MB at 10 KB/s delay nobody, with two workers", async (t) => {
  const { server, socket, spooled } = await site(t, "files", "--workers", "2");
  await longest(server, 10);
  const before = residentMegabytes(server.front);
  const clients = Array.from({ length: 50 }, () => slowly(t, socket, "/page?5000000", 10_000));
  // The pages themselves are work for two workers, once.
  await until(() => spooled() > 50 * 4_000_000, "the pages lie in temporary files", 20_000);
  const most = await longest(server, 50);
  assert.ok(most < 100, `somebody waited ${most.toFixed(0)} ms`);
  assert.ok(clients.every((got) => got() > 0 && got() < 500_000));
  // 250 MB have passed through it. Most of this is garbage that V8 has not collected yet.
  const grown = residentMegabytes(server.front) - before;
  assert.ok(grown < 100, `the front has grown by ${grown.toFixed(0)} MB`);
});

test("50 downloads of 1 GB to slow clients hold no worker, and memory stays flat", async (t) => {
  const { server, socket, spooled } = await site(t, "files", "--workers", "2");
  const file = join(folderWith({ big: "" }), "big");
  truncateSync(file, 1e9);
  await longest(server, 10);
  const before = residentMegabytes(server.front);
  for (let count = 0; count < 50; count += 1) slowly(t, socket, `/plain?${file}`, 100_000);
  await sleep(1000);
  const most = await longest(server, 50);
  assert.ok(most < 100, `somebody waited ${most.toFixed(0)} ms`);
  assert.equal(spooled(), 0, "a file is not copied into another");
  const grown = residentMegabytes(server.front) - before;
  assert.ok(grown < 50, `the front has grown by ${grown.toFixed(0)} MB`);
});

test("what lay in a temporary file is whole and in order, and the file is given back", async (t) => {
  const { server, socket, spooled } = await site(t, "bulk", "--workers", "1");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/6000000?1000"));
  await until(() => spooled() > 4_000_000, "it lies in a temporary file");
  client.socket.resume();
  const whole = (text: string): boolean => parseResponses(text).length === 1;
  await client.receives(whole, 10_000);
  const body = parseResponses(client.received())[0]?.body as string;
  let expected = "";
  for (let index = 0; index < 600_000; index += 1)
    expected += `${String(index % 100_000).padStart(9, "0")},`;
  assert.equal(body.length, expected.length);
  assert.ok(body === expected);
  await until(() => spooled() === 0, "the file is closed");
  // The connection goes on.
  client.write(request("/10?10"));
  await client.receives((text) => parseResponses(text).length === 2);
  client.destroy();
  assert.equal(server.log().filter((line) => line.access?.cut).length, 0);
});

test("a stream arrives chunk by chunk again once the client has caught up", async (t) => {
  const { socket, spooled } = await site(t, "streams", "--workers", "1");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/?3000000"));
  await until(() => spooled() > 1_000_000, "it lies in a temporary file");
  client.socket.resume();
  await client.receives("tick 0 ");
  for (let tick = 1; tick < 5; tick += 1) {
    await client.receives(`tick ${tick} `);
    assert.ok(!client.received().includes(`tick ${tick + 1} `));
  }
  client.destroy();
});

test("beyond its quota, or with none, the worker waits for the client, and nothing is lost", async (t) => {
  for (const args of [
    ["--response-spool", "0"],
    ["--response-spool", "1m"],
    ["--spool-limit", "1m"],
  ]) {
    const { server, socket, spooled } = await site(t, "bulk", "--workers", "1", ...args);
    const client = await raw(socket);
    client.socket.pause();
    client.write(request("/6000000?1000"));
    await sleep(700);
    assert.ok(spooled() <= 1_048_576, `${args}: ${spooled()} bytes`);
    await assert.rejects(
      fetch(`${server.url}/10?10`, { signal: AbortSignal.timeout(300) }),
      "it waits",
    );
    client.socket.resume();
    await client.receives((text) => parseResponses(text).length === 1, 10_000);
    assert.equal(parseResponses(client.received())[0]?.body.length, 6_000_000);
    client.destroy();
  }
});

test("many that stop and go on again, with and without a temporary file, are all read to their end", async (t) => {
  for (const args of [["--response-spool", "0"], ["--response-spool", "300k"], []]) {
    const { socket } = await site(t, "bulk", "--workers", "1", "--threads", "20", ...args);
    const clients = await Promise.all(Array.from({ length: 20 }, () => raw(socket)));
    for (const client of clients) {
      client.socket.pause();
      client.write(request("/3000000?65536"));
    }
    await sleep(500);
    for (const client of clients) client.socket.resume();
    for (const client of clients) {
      await client.receives((text) => text.length > 3_000_000, 10_000);
      client.destroy();
    }
  }
});

/** Read a long answer late, which cannot be put aside meanwhile. */
async function readsLate({ server, socket }: Site): Promise<RawConnection> {
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/6000000?1000"));
  await server.logged((line) => /no temporary file for it/.test(line.msg ?? ""));
  client.socket.resume();
  await client.receives((text) => parseResponses(text).length === 1, 10_000);
  assert.equal(parseResponses(client.received())[0]?.body.length, 6_000_000);
  return client;
}

test("a disk that is full costs time, but no byte", async (t) => {
  // Nobody may write there, not even root: a folder of the kernel's.
  const client = await readsLate(await site(t, "bulk", "--temp-dir", "/proc/self/fdinfo"));
  client.destroy();
});

test(
  "a disk on which nothing more can be written leaves no file open",
  { skip: noDisk },
  async (t) => {
    const folder = disk(t, 16);
    assert.throws(() => writeFileSync(join(folder, "filler"), Buffer.alloc(64 * 1024)), /ENOSPC/);
    const full = await site(t, "bulk", "--temp-dir", folder);
    const client = await readsLate(full);
    assert.deepEqual(openIn(full.server.front, folder), []);
    client.destroy();
  },
);

test("a client that leaves gives its temporary file back, and its worker is free", async (t) => {
  const { server, socket, spooled } = await site(t, "streams", "--workers", "1");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/?3000000"));
  await until(() => spooled() > 1_000_000, "it lies in a temporary file");
  client.destroy();
  await until(() => spooled() === 0, "the file is closed");
  const response = await fetch(`${server.url}/?0`, { signal: AbortSignal.timeout(3000) });
  assert.equal(response.status, 200);
  await response.body?.cancel();
});

test("a response that breaks off is truncated after what came before", async (t) => {
  const { socket, spooled } = await site(t, "streams", "--workers", "1");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/raise?3000000"));
  await until(() => spooled() > 1_000_000, "it lies in a temporary file");
  client.socket.resume();
  const { text } = await client.closed();
  assert.ok(text.length > 3_000_000);
  assert.deepEqual(parseResponses(text), []);
});

test("a server that is told to stop still sends what lies in temporary files", async (t) => {
  const { server, socket, spooled } = await site(t, "files", "--workers", "1");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/page?5000000"));
  await until(() => spooled() > 3_000_000, "it lies in a temporary file");
  assert.ok(server.child.kill("SIGTERM"));
  await sleep(300);
  client.socket.resume();
  await client.receives((text) => parseResponses(text).length === 1, 10_000);
  assert.equal(await server.ended, 0);
});
