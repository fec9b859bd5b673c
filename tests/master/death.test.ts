import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { measured } from "../../testing/control.ts";
import { edition } from "../../testing/edition.ts";
import { barrier } from "../../testing/barrier.ts";
import { descendants, frontsOf, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { control, runCommand } from "../../testing/command.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { asUser, ofUser } from "../../testing/user.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** What becomes of a connection made now: its answer, or how it ended. */
async function visit(port: number): Promise<string> {
  const client = await raw(port);
  client.write(get);
  const { how, text } = await client.closed();
  return text.includes("200 OK") ? "answered" : how;
}

test("no client is refused while a killed front is replaced", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "2"] });
  const front = server.front;
  const below = descendants(front);
  const visits: Promise<string>[] = [];
  const { took, allow } = await measured(async () => {
    process.kill(front, "SIGKILL");
    await until(() => !isAlive(front), "it has ended");
    // From here on a connection can only wait for the other one.
    while (visits.length < 50) {
      visits.push(visit(server.port));
      await sleep(10); // a pause between two clients
    }
    await visits[0];
  });
  assert.deepEqual(new Set(await Promise.all(visits)), new Set(["answered"]));
  assert.notEqual(server.front, front);
  assert.ok(took <= allow(3000), `it serves again after ${Math.round(took)} ms`);
  await server.logged(
    ({ msg }) => msg === `front ${front} died (killed by SIGKILL), starting another`,
  );
  await until(() => !below.some(isAlive), "the workers of the old one have ended");
});

test("a front that is told to end finishes its requests, and another replaces it", async (t) => {
  const { server } = await edition(t);
  const front = server.front;
  const held = barrier();
  const slow = fetch(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  process.kill(front, "SIGTERM");
  await server.logged(({ msg }) => msg === "SIGTERM: finishing 1 running request, then stopping");
  held.open();
  assert.equal((await slow).status, 200);
  await until(() => !isAlive(front), "it has ended");
  assert.equal((await fetch(server.url)).status, 200);
  await server.logged(({ msg }) => msg === `front ${front} has stopped`);
  const followed = `front ${front} has ended by itself, starting another`;
  await server.logged(({ level, msg }) => level === "warn" && msg === followed);
});

test("a front that does not start again is tried at growing intervals, until it does", async (t) => {
  const { server, folder, says } = await edition(t);
  const module = join(folder, "edition_now.py");
  rmSync(module);
  const { front } = server;
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  const waiting = says();
  await server.logged(
    ({ msg, detail }) =>
      /^front \d+ did not start .*edition.*the next one starts in 0\.5 s$/.test(msg ?? "") &&
      /ModuleNotFoundError: No module named 'edition_now'/.test(detail ?? ""),
  );
  await server.logged(({ msg }) => msg?.endsWith("the next one starts in 1 s") === true);
  writeFileSync(module, "NUMBER = 7\n");
  assert.equal(await waiting, "7 none");
});

test("a front that the system has no process for is started when it has one", async (t) => {
  // Of root's processes there may be any number.
  const server = await serve(t, "basic", ofUser);
  const limit = (processes: number): void => {
    const limited = ["prlimit", "--pid", String(server.pid), `--nproc=${processes}:`];
    const [program, ...more] = [...asUser, ...limited];
    const { status, stderr } = spawnSync(program as string, more, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  limit(1);
  process.kill(server.front, "SIGKILL");
  await server.logged(({ msg }) => /no other process.*the next one starts in/.test(msg ?? ""));
  const waiting = visit(server.port);
  limit(1000);
  assert.equal(await waiting, "answered");
  assert.equal(await server.stop(), 0);
});

test("a replacement front has the latest number of workers and the latest settings", async (t) => {
  const { server, write } = await edition(t, "edition", {
    "quintet.config.ts": 'export default { env: ["EDITION=first"] };\n',
  });
  const scaled = await runCommand(["scale", "3", "--pid", String(server.pid)]);
  assert.equal(scaled.code, 0, scaled.stderr);
  await until(() => server.workers().length === 3, "there are three workers");
  write("quintet.config.ts", "this is no TypeScript");
  const front = server.front;
  process.kill(front, "SIGKILL");
  await until(() => !isAlive(front), "it has ended");
  assert.equal(await (await fetch(server.url)).text(), "1 first");
  await until(() => server.workers().length === 3, "there are three workers again");
});

test("the master survives its own commands' nonsense", async (t) => {
  const server = await serve(t, "basic");
  const socket = join(control, `${server.pid}.sock`);
  for (const nonsense of ["no JSON\n", '{"do":"dance"}\n', '{"do":"scale"}\n', "[]\n", "half"]) {
    const client = await raw(socket);
    client.write(nonsense);
    // It closes when it has answered, or when the client says no more.
    if (nonsense === "half") client.socket.end();
    await client.closed();
  }
  assert.equal((await fetch(server.url)).status, 200);
  assert.match((await runCommand(["status"])).stdout, new RegExp(`^${server.pid} basic`, "m"));
  assert.equal(frontsOf(server.pid).length, 1);
});
