import assert from "node:assert/strict";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { runCommand } from "../../testing/command.ts";
import { frontsOf, isAlive, pythonChildren } from "../../testing/processes.ts";
import { statusOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";

const isBusy = ({ running }: { running: object[] }): boolean => running.length > 0;

test("a reload during an upgrade runs after it, because the new front may have read older files", async (t) => {
  const { server, write, reload } = await edition(t);
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 22\n`);
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await held.untilReached();
  write("edition_now.py", "NUMBER = 3\n");
  const reloaded = reload();
  const waits = "quintet reload: waits until the upgrade is over";
  await server.logged(({ msg }) => msg === waits);
  held.open();
  assert.match((await reloaded).stdout, /^generation 3 /);
  assert.equal((await upgrade).code, 0);
  assert.equal(await (await fetch(server.url)).text(), "3 none");
});

test("SIGHUP during the start of another front is not forgotten", async (t) => {
  const { server, write } = await edition(t);
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 22\n`);
  process.kill(server.front, "SIGKILL");
  await held.untilReached();
  // It is done by other fronts, for the one that is started may have read what was there before.
  process.kill(server.pid, "SIGHUP");
  await held.untilReached(2);
  write("edition_now.py", "NUMBER = 3\n");
  process.kill(server.pid, "SIGHUP");
  await server.logged(({ msg }) => msg === "SIGHUP: waits until the upgrade is over");
  held.open();
  await server.logged((line) => line.msg?.startsWith("generation 3 serves") === true);
  assert.equal(await (await fetch(server.url)).text(), "3 none");
});

test("a number of workers that is asked for during an upgrade counts after it as well", async (t) => {
  const { server, write } = await edition(t);
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 22\n`);
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  await held.untilReached();
  const { front } = server;
  assert.equal((await runCommand(["scale", "3", "--pid", String(server.pid)])).code, 0);
  await until(() => pythonChildren(front).length === 3, "those that serve are three at once");
  held.open();
  assert.equal((await upgrade).code, 0);
  await until(() => !isAlive(front), "the front of before has ended");
  await until(() => server.workers().length === 3, "and so are those of the new front");
});

test("if the server stops during an upgrade, a new front that already serves finishes its requests", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write } = await edition(t, "edition", {}, { args });
  const before = frontsOf(server.pid);
  // One of the two is there at once, the other one imports until the server is stopped.
  const second = barrier().python.replace(/^/gm, "    ");
  write(
    "edition_now.py",
    `import os\ntry:\n    os.mkdir('first')\nexcept OSError:\n${second}\nNUMBER = 2\n`,
  );
  const upgrade = runCommand(["upgrade", "--pid", String(server.pid)]);
  // The new one shares a socket with one of before, and takes some of these.
  const held = barrier();
  const visitors: Promise<string>[] = [];
  const visitor = async (): Promise<string> => {
    const client = await raw(server.port);
    client.write(`GET /wait?${held.path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    return (await client.closed()).text.split("\r\n", 1)[0] as string;
  };
  await until(async () => {
    visitors.push(visitor());
    const fronts = (await statusOf(server))?.fronts ?? [];
    const isNew = ({ pid }: { pid: number }): boolean => !before.includes(pid);
    return fronts.filter(isNew).some(({ pools }) => pools[0]?.workers.some(isBusy));
  }, "the new front that serves runs a request");
  assert.equal(frontsOf(server.pid).length, before.length + 2);
  server.child.kill("SIGTERM");
  await server.logged(({ msg }) => /finishing [1-9]\d* running request/.test(msg ?? ""));
  held.open();
  assert.deepEqual(new Set(await Promise.all(visitors)), new Set(["HTTP/1.1 200 OK"]));
  assert.equal((await upgrade).code, 3);
  assert.equal(await server.ended, 0);
});

test("a second upgrade meanwhile is refused, and a server that is stopped meanwhile ends", async (t) => {
  const { server, write } = await edition(t);
  write("edition_now.py", barrier().python);
  const first = runCommand(["upgrade", "--pid", String(server.pid)]);
  await until(() => frontsOf(server.pid).length === 2, "the new front boots");
  const second = await runCommand(["upgrade", "--pid", String(server.pid)]);
  assert.match(second.stderr, /An upgrade is under way already/);
  assert.match((await runCommand(["status"])).stdout, /upgrading, up/);
  assert.equal(await server.stop(), 0);
  assert.equal((await first).code, 3);
});
