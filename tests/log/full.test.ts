import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { disk, noDisk } from "../../testing/disk.ts";
import { serve } from "../../testing/serve.ts";
import { isAlive } from "../../testing/processes.ts";
import { start } from "../../testing/server.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

/** A server whose log lies on a disk that has just become full, by a file that can be removed. */
async function full(t: TestContext) {
  const folder = disk(t, 64);
  const file = join(folder, "quintet.log");
  const filler = join(folder, "filler");
  const server = await serve(t, "basic", { args: ["--log-file", file], silent: true });
  const log = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  await until(() => log().includes("listening on"), "it serves");
  try {
    writeFileSync(filler, Buffer.alloc(1024 * 1024));
  } catch {
    // It is full.
  }
  return { server, folder, filler, log };
}

/** Ask so many times, ten at a time. */
async function visits(url: string, count: number): Promise<void> {
  const clients = Array.from({ length: 10 }, async () => {
    for (let visit = 0; visit < count / 10; visit += 1) {
      const response = await fetch(url);
      assert.equal(response.status, 200);
      await response.text();
    }
  });
  await Promise.all(clients);
}

test("a log that can never be written neither stops the server nor keeps it from ending", async () => {
  const server = await start("basic", { args: ["--log-file", "/dev/full"], silent: true });
  await until(() => server.workers().length > 0, "it has workers");
  for (let visit = 0; visit < 20; visit += 1) {
    assert.equal((await fetch(server.url)).status, 200);
  }
  assert.equal(await server.stop(), 0);
});

test("a log that nobody reads any more neither stops the server nor keeps it from ending", async () => {
  const server = await start("basic");
  const { front } = server;
  server.child.stdout?.pause();
  server.child.stderr?.pause();
  const long = "x".repeat(4000);
  for (let visit = 0; visit < 200; visit += 1) {
    assert.equal((await fetch(`${server.url}/?${long}`)).status, 200);
  }
  const ended = once(server.child, "exit");
  process.kill(server.pid, "SIGTERM");
  const late = setTimeout(() => process.kill(server.pid, "SIGKILL"), PATIENCE);
  assert.deepEqual(await ended, [0, null]);
  clearTimeout(late);
  await until(() => !isAlive(front), "the front has ended");
  server.child.stdout?.resume();
  server.child.stderr?.resume();
  await server.ended;
});

test(
  "what is logged while the disk is full is written when it is no longer",
  { skip: noDisk },
  async (t) => {
    const { server, filler, log } = await full(t);
    for (let visit = 0; visit < 100; visit += 1) {
      assert.equal((await fetch(`${server.url}/?${visit}`)).status, 200);
    }
    assert.doesNotMatch(log(), /\?99"/);
    rmSync(filler);
    await fetch(`${server.url}/?after`);
    await until(() => log().includes("no line is lost"), "the log says so");
    // It may say so before that request is answered.
    await until(() => log().includes('/?after"'), "it goes on");
    for (const visit of [0, 50, 99]) assert.ok(log().includes(`/?${visit}"`), `/?${visit}`);
    assert.match(log(), /the log could not be written \(ENOSPC[^)]*\): no line is lost/);
  },
);

test("a log that loses lines says how many", { skip: noDisk }, async (t) => {
  const { server, folder, log } = await full(t);
  const long = "x".repeat(7000);
  await visits(`${server.url}/?${long}`, 800);
  spawnSync("mount", ["-o", "remount,size=16m", folder]);
  await fetch(`${server.url}/?after`);
  await until(() => /could not be written .*: \d+ lines are lost/.test(log()), "the log says so");
});

test("a log that nobody reads says how many lines were lost once it is read again", async (t) => {
  const server = await serve(t, "basic");
  const output = server.child.stdout as Readable;
  output.pause();
  await visits(`${server.url}/hello?${"x".repeat(7000)}`, 1000);
  output.resume();
  await server.logged(({ msg = "" }) =>
    /^the log could not be written \(nobody read it\): \d+ lines are lost$/.test(msg),
  );
});
