import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { disk, noDisk } from "../../../testing/disk.ts";
import { parseResponses } from "../../../testing/http.ts";
import { bytesIn, openIn } from "../../../testing/open-files.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, type StartOptions } from "../../../testing/server.ts";
import { settled } from "../../../testing/settled.ts";
import { untilRequests } from "../../../testing/status.ts";
import { steps } from "../../../testing/steps.ts";
import { untilUnanswered } from "../../../testing/unanswered.ts";
import { until } from "../../../testing/wait.ts";
import { type RawConnection, raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** Whether a response is complete. Parsing everything again for each piece would take long. */
const isWhole = (text: string, size: number): boolean =>
  text.length > size && parseResponses(text).length === 1;

interface Site {
  server: Running;
  /** Slow clients connect here, because the kernel buffers little of a unix socket. */
  socket: string;
  /** Temporary files of the front, in bytes. */
  spooled(): number;
}

async function site(
  t: TestContext,
  app: string,
  args: string[] = [],
  options: StartOptions = {},
): Promise<Site> {
  const folder = folderWith();
  const socket = join(folder, "socket");
  const all = ["--bind", `unix:${socket}`, "--temp-dir", folder];
  all.push(...args);
  const server = await serve(t, app, { ...options, args: all });
  return { server, socket, spooled: () => bytesIn(server.front, folder) };
}

test("bytes from a temporary file are complete and in order, and the file is released", async (t) => {
  const { server, socket, spooled } = await site(t, "bulk");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/6000000?1000"));
  await until(() => spooled() > 4_000_000, "it lies in a temporary file");
  client.socket.resume();
  await client.receives((text) => isWhole(text, 6_000_000));
  const body = parseResponses(client.received())[0]?.body as string;
  let expected = "";
  for (let index = 0; index < 600_000; index += 1)
    expected += `${String(index % 100_000).padStart(9, "0")},`;
  assert.equal(body.length, expected.length);
  assert.ok(body === expected);
  await until(() => spooled() === 0, "the file is closed");
  // The connection is still usable.
  client.write(request("/10?10"));
  await client.receives((text) => parseResponses(text).length === 2);
  client.destroy();
  assert.equal(server.log().filter((line) => line.access?.cut).length, 0);
});

test("a stream arrives chunk by chunk again once the client has caught up", async (t) => {
  const { cwd, go } = steps();
  const { socket, spooled } = await site(t, "steps", [], { cwd });
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/stream?3000000"));
  await until(() => spooled() > 1_000_000, "it lies in a temporary file");
  client.socket.resume();
  for (const step of ["first", "second", "third"]) {
    assert.ok(!client.received().includes(step));
    go(step);
    await client.receives(`${step} `);
  }
  client.destroy();
});

test("beyond its quota, or without one, the worker waits for the client, and nothing is lost", async (t) => {
  const waits = async (args: string[]): Promise<void> => {
    const { server, socket, spooled } = await site(t, "bulk", args);
    const client = await raw(socket);
    client.socket.pause();
    client.write(request("/6000000?1000"));
    await untilRequests(server, { running: 1 });
    await settled(server.front);
    assert.ok(spooled() <= 1_048_576, `${args.join(" ")}: ${spooled()} bytes`);
    const answers: string[] = [];
    const next = fetch(`${server.url}/10?10`).then(() => answers.push("next"));
    await untilUnanswered(server, 2);
    assert.deepEqual(answers, [], "it waits");
    client.socket.resume();
    await client.receives((text) => isWhole(text, 6_000_000));
    assert.equal(parseResponses(client.received())[0]?.body.length, 6_000_000);
    client.destroy();
    await next;
  };
  await Promise.all([
    waits(["--response-spool", "0"]),
    waits(["--response-spool", "1m"]),
    waits(["--spool-limit", "1m"]),
  ]);
});

test("many responses whose clients pause and continue, with and without a temporary file, all arrive complete", async (t) => {
  for (const args of [["--response-spool", "0"], ["--response-spool", "300k"], []]) {
    const { server, socket } = await site(t, "bulk", ["--threads", "20", ...args]);
    const clients = await Promise.all(Array.from({ length: 20 }, () => raw(socket)));
    for (const client of clients) {
      client.socket.pause();
      client.write(request("/3000000?65536"));
    }
    await settled(server.front);
    for (const client of clients) client.socket.resume();
    for (const client of clients) {
      await client.receives((text) => isWhole(text, 3_000_000));
      client.destroy();
    }
  }
});

/** Reads a long response late, which cannot be spooled meanwhile. */
async function readsLate({ server, socket }: Site): Promise<RawConnection> {
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/6000000?1000"));
  await server.logged((line) => /no temporary file for it/.test(line.msg ?? ""));
  client.socket.resume();
  await client.receives((text) => isWhole(text, 6_000_000));
  assert.equal(parseResponses(client.received())[0]?.body.length, 6_000_000);
  return client;
}

test("a disk that is full costs time, but no byte", async (t) => {
  // A folder of the kernel, to which not even root can write.
  const client = await readsLate(await site(t, "bulk", ["--temp-dir", "/proc/self/fdinfo"]));
  client.destroy();
});

test(
  "a disk on which nothing more can be written leaves no file open",
  { skip: noDisk },
  async (t) => {
    const folder = disk(t, 16);
    assert.throws(() => writeFileSync(join(folder, "filler"), Buffer.alloc(64 * 1024)), /ENOSPC/);
    const full = await site(t, "bulk", ["--temp-dir", folder]);
    const client = await readsLate(full);
    assert.deepEqual(openIn(full.server.front, folder), []);
    client.destroy();
  },
);

test("a client that leaves gives its temporary file back, and its worker is free", async (t) => {
  const { server, socket, spooled } = await site(t, "steps", [], steps());
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/endless?3000000"));
  await until(() => spooled() > 1_000_000, "it lies in a temporary file");
  client.destroy();
  await until(() => spooled() === 0, "the file is closed");
  await untilRequests(server, { running: 0 });
});

test("a response that breaks off is truncated after its first part", async (t) => {
  const { socket, spooled } = await site(t, "streams");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/raise?3000000"));
  await until(() => spooled() > 1_000_000, "it lies in a temporary file");
  client.socket.resume();
  const { text } = await client.closed();
  assert.ok(text.length > 3_000_000);
  assert.deepEqual(parseResponses(text), []);
});

test("a server that stops still sends responses from temporary files", async (t) => {
  const { server, socket, spooled } = await site(t, "files");
  const client = await raw(socket);
  client.socket.pause();
  client.write(request("/page?5000000"));
  await until(() => spooled() > 3_000_000, "it lies in a temporary file");
  assert.ok(server.child.kill("SIGTERM"));
  await server.logged(({ msg = "" }) => msg.startsWith("SIGTERM: finishing"));
  // No event shows that it stays. If it did not, it would be gone by now.
  await sleep(300);
  client.socket.resume();
  await client.receives((text) => isWhole(text, 5_000_000));
  assert.equal(await server.ended, 0);
});
