// No file descriptor is left: the log says so, at most once a second, and the server recovers.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { control } from "../../../testing/command.ts";
import { apps } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import type { Running, StartOptions } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { statusOf } from "../../../testing/status.ts";
import { until } from "../../../testing/wait.ts";

const LIMIT = 120;
const few = (args: string[] = []): StartOptions => ({
  by: ["/bin/sh", "-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh"],
  args: ["--max-connections", "100000", ...args],
});

const lacks = (server: Running): string[] =>
  server.log().flatMap(({ code, msg = "" }) => (code === "QUINTET_NO_DESCRIPTOR" ? [msg] : []));

/** Of each kind of server. */
function isOncePerSecond(server: Running, began: number): void {
  const seconds = (performance.now() - began) / 1000;
  for (const kind of new Set(lacks(server))) {
    const { length } = lacks(server).filter((msg) => msg === kind);
    assert.ok(length <= seconds + 1, `${length} × ${kind} in ${seconds} s`);
  }
}

/** Opens connections until no descriptor is left. */
async function exhaust(t: TestContext, { port }: Running): Promise<RawConnection[]> {
  const all = await Promise.all(Array.from({ length: LIMIT + 40 }, () => raw(port)));
  t.after(() => all.forEach((each) => each.destroy()));
  return all;
}

async function recovers(server: Running, all: RawConnection[]): Promise<void> {
  for (const each of all) each.destroy();
  const isServed = async (): Promise<boolean> => {
    const answer = await fetch(server.url).catch(() => null);
    return answer?.status === 200;
  };
  await until(isServed, "it serves again");
}

test("if no descriptor is left for a connection, the log says what to do, at most once a second", async (t) => {
  const server = await serve(t, "basic", few());
  const began = performance.now();
  const all = await exhaust(t, server);
  const { level, msg } = await server.logged(({ code }) => code === "QUINTET_NO_DESCRIPTOR");
  assert.equal(level, "error");
  assert.equal(
    msg,
    `no file descriptor of ${LIMIT} is left to accept a connection. Raise the limit: LimitNOFILE= in systemd, ulimit -n in a shell`,
  );
  // The server checks as long as none is left, even without new connections.
  for (let count = 0; count < 50; count += 1) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.on("close", resolve).resume());
  }
  await until(() => lacks(server).length >= 3, "and again");
  isOncePerSecond(server, began);
  await recovers(server, all);
});

test("a missing descriptor for a file is also logged", async (t) => {
  const server = await serve(t, "basic", few());
  const all = await exhaust(t, server);
  await until(
    () => lacks(server).some((msg) => msg.includes("is left to open a file.")),
    "it is said",
  );
  await recovers(server, all);
});

test("a missing descriptor for a worker is logged, and the worker starts once there is one", async (t) => {
  const server = await serve(t, join(apps, "ts", "basic.ts"), few());
  const [front] = (await statusOf(server))?.fronts ?? [];
  const worker = front?.pools[0]?.workers[0]?.pid as number;
  const all = await exhaust(t, server);
  await until(() => lacks(server).length > 0, "none is left");
  process.kill(worker, "SIGKILL");
  await until(
    () => lacks(server).some((msg) => msg.includes("is left to start a process.")),
    "it is said",
  );
  await recovers(server, all);
});

test("commands that the master cannot accept are a line a second, not a loop", async (t) => {
  const server = await serve(t, "basic", few());
  const path = join(control, `${server.pid}.sock`);
  const began = performance.now();
  // Connections alone cannot use them up, because they have a limit.
  const limit = (soft: number): Buffer =>
    execFileSync("prlimit", ["--pid", String(server.pid), `--nofile=${soft}:`]);
  limit(3);
  const all: RawConnection[] = [];
  t.after(() => all.forEach((each) => each.destroy()));
  const isSaid = (): boolean => lacks(server).some((msg) => msg.includes("to accept a command."));
  await until(async () => {
    // The kernel refuses it if too many connections wait to be accepted.
    const another = await raw(path).catch(() => null);
    if (another) all.push(another);
    return isSaid();
  }, "it is said");
  for (const each of all) each.destroy();
  limit(LIMIT);
  await until(async () => (await statusOf(server)) !== undefined, "it answers again");
  isOncePerSecond(server, began);
});
