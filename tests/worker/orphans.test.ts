import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { python } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { type Running, start, type StartOptions } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

/** A command that stays between the server and Python. */
const wrapper = join(folderWith({ "wrapper.sh": `"${python}" "$@"\nexit $?\n` }), "wrapper.sh");
const wrapped: StartOptions = { args: ["--python", `sh ${wrapper}`], searchPython: true };

/** What is below the server now; none of it may be left when `end` has ended the server. */
async function leavesNothing(server: Running, end: () => void): Promise<void> {
  const pids = descendants(server.pid);
  end();
  await server.ended;
  try {
    assert.ok(pids.length >= 2);
    await until(() => !pids.some(isAlive), "no process is left", 3000);
  } finally {
    for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL");
  }
}

/** Ctrl-C on a terminal reaches every process of the foreground group. */
const signals = {
  "Ctrl-C": (server: Running) => process.kill(-server.pid, "SIGINT"),
  SIGTERM: (server: Running) => process.kill(server.pid, "SIGTERM"),
};

for (const [name, send] of Object.entries(signals)) {
  test(`${name} finishes what runs, then stops with status 0`, async () => {
    for (const options of [{}, wrapped]) {
      const server = await start("basic", { ...options, ownGroup: true });
      const slow = fetch(`${server.url}/sleep?1`);
      const stream = fetch(`${server.url}/stream?4,0.3`);
      await sleep(300);
      await leavesNothing(server, () => send(server));
      assert.equal(await server.ended, 0);
      assert.equal((await slow).status, 200);
      assert.match(await (await stream).text(), /chunk 3/);
      assert.deepEqual(
        server.log().filter(({ level }) => level === "error"),
        [],
      );
    }
  });

  test(`${name} a second time stops at once`, async () => {
    const server = await start("basic", { ownGroup: true });
    const client = await raw(server.port);
    client.write("GET /pbkdf2?10 HTTP/1.1\r\nHost: a\r\n\r\n");
    await sleep(300);
    send(server);
    await sleep(300);
    assert.ok(isAlive(server.pid));
    const began = performance.now();
    await leavesNothing(server, () => send(server));
    assert.ok(performance.now() - began < 1000);
    assert.notEqual(await server.ended, 0);
    assert.doesNotMatch((await client.closed()).text, /200 OK/);
  });
}

for (const [how, options] of [
  ["", {}],
  [", under a wrapper that does not exec", wrapped],
] as const) {
  for (const [state, path] of [
    ["idle", null],
    ["asleep", "/sleep?60"],
    ["inside pbkdf2", "/hash?60"],
    ["in a call of C that lets nothing else of Python run", "/lock?60"],
  ] as const) {
    test(`no worker outlives a server that is killed: ${state}${how}`, async () => {
      const server = await start("hangs", options);
      if (path) for (let count = 0; count < 2; count += 1) fetch(server.url + path).catch(() => {});
      await sleep(300);
      await leavesNothing(server, () => process.kill(server.pid, "SIGKILL"));
    });
  }
}

test("no worker outlives a server that is killed while they boot", async () => {
  const folder = folderWith({
    "slow.py":
      "import time\ntime.sleep(0.5)\nfrom wsgiref.simple_server import demo_app as application\n",
  });
  const server = await start("slow", { cwd: folder });
  await until(() => server.workers().length === 2, "there are two");
  const old = server.workers();
  for (const each of old) process.kill(each, "SIGKILL");
  await until(
    () => server.workers().filter((each) => !old.includes(each)).length === 2,
    "others boot",
  );
  await leavesNothing(server, () => process.kill(server.pid, "SIGKILL"));
});

test("the folder that a killed server leaves in memory is removed by the next start, those in use stay", async () => {
  const shared = folderWith();
  chmodSync(shared, 0o700);
  const env = { XDG_RUNTIME_DIR: shared };
  /** As if everything there had been made a while ago; what is younger may only just begin. */
  const age = (): void => {
    const then = new Date(Date.now() - 60_000);
    for (const name of readdirSync(shared)) utimesSync(join(shared, name), then, then);
  };
  const first = await start("basic", { env });
  const second = await start("basic", { env });
  assert.equal(readdirSync(shared).length, 2);
  process.kill(first.pid, "SIGKILL");
  await first.ended;
  assert.equal(readdirSync(shared).length, 2);
  age();
  const third = await start("basic", { env });
  await until(() => readdirSync(shared).length === 2, "one folder is removed");
  for (const server of [second, third]) {
    // Its workers, too, can still be replaced.
    for (const each of server.workers()) process.kill(each, "SIGKILL");
    assert.equal((await fetch(server.url)).status, 200);
    assert.equal(await server.stop(), 0);
  }
  assert.deepEqual(readdirSync(shared), []);
  assert.ok(existsSync(shared));
});
