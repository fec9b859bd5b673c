import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { untilReady } from "../../testing/worker-status.ts";
import { python } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { type Running, start, type StartOptions } from "../../testing/server.ts";
import { untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

/** A command that runs Python as its child. */
const wrapper = join(folderWith({ "wrapper.sh": `"${python}" "$@"\nexit $?\n` }), "wrapper.sh");
const plain: StartOptions = { args: ["--workers", "2"] };
const wrapped: StartOptions = {
  args: ["--workers", "2", "--python", `sh ${wrapper}`],
  searchPython: true,
};

/** Check that no process below the server is left when `end` has ended the server. */
async function leavesNothing(server: Running, end: () => void): Promise<void> {
  const pids = descendants(server.pid);
  end();
  await server.ended;
  try {
    assert.ok(pids.length >= 2);
    await until(() => !pids.some(isAlive), "no process is left");
  } finally {
    for (const pid of pids.filter(isAlive)) process.kill(pid, "SIGKILL");
  }
}

/** Ctrl-C on a terminal reaches every process of the foreground group. */
const signals = {
  "Ctrl-C": (server: Running) => process.kill(-server.pid, "SIGINT"),
  SIGTERM: (server: Running) => process.kill(server.pid, "SIGTERM"),
};

const ways = [
  ["", plain],
  [", under a wrapper that does not exec", wrapped],
] as const;

// They mostly wait, and each has its own server.
describe("a server that ends", { concurrency: 4 }, () => {
  for (const [name, send] of Object.entries(signals)) {
    for (const [how, options] of ways) {
      test(`${name} finishes running requests, then stops with status 0${how}`, async () => {
        const server = await start("basic", { ...options, ownGroup: true });
        await untilReady(server, 2);
        const slow = fetch(`${server.url}/sleep?1.5`);
        const stream = await fetch(`${server.url}/stream?5,0.3`);
        await untilRequests(server, { running: 2 });
        await leavesNothing(server, () => send(server));
        assert.equal(await server.ended, 0);
        assert.equal((await slow).status, 200);
        assert.match(await stream.text(), /chunk 4/);
        assert.deepEqual(
          server.log().filter(({ level }) => level === "error"),
          [],
        );
      });
    }

    test(`${name} a second time stops at once`, async () => {
      const server = await start("basic", { args: ["--graceful-timeout", "60"], ownGroup: true });
      const client = await raw(server.port);
      client.write("GET /sleep?60 HTTP/1.1\r\nHost: a\r\n\r\n");
      await untilRequests(server, { running: 1 });
      send(server);
      await server.logged(({ msg }) =>
        /finishing 1 running request, then stopping/.test(msg ?? ""),
      );
      // A second SIGTERM within a second is ignored: tests/master/twice.test.ts.
      if (name === "SIGTERM") await sleep(1100);
      assert.ok(isAlive(server.pid));
      const began = performance.now();
      await leavesNothing(server, () => send(server));
      assert.ok(performance.now() - began < 30_000);
      assert.notEqual(await server.ended, 0);
      assert.doesNotMatch((await client.closed()).text, /200 OK/);
    });
  }

  for (const [how, options] of ways) {
    for (const [state, path] of [
      ["idle", null],
      ["asleep", "/sleep?60"],
      ["inside pbkdf2", "/hash?60"],
      ["in a call of C that lets nothing else of Python run", "/lock?60"],
    ] as const) {
      test(`no worker outlives a server that is killed: ${state}${how}`, async () => {
        const server = await start("hangs", options);
        await untilReady(server, 2);
        if (path)
          for (let count = 0; count < 2; count += 1) fetch(server.url + path).catch(() => {});
        await untilRequests(server, { running: path ? 2 : 0 });
        await leavesNothing(server, () => process.kill(server.pid, "SIGKILL"));
      });
    }
  }
});

test("no worker outlives a server that is killed while they boot", async () => {
  const folder = folderWith({
    "slow.py":
      "import time\ntime.sleep(0.5)\nfrom wsgiref.simple_server import demo_app as application\n",
  });
  const server = await start("slow", { args: ["--workers", "2"], cwd: folder });
  const old = await untilReady(server, 2);
  for (const each of old) process.kill(each, "SIGKILL");
  await until(
    () => server.workers().filter((each) => !old.includes(each)).length === 2,
    "others boot",
  );
  await leavesNothing(server, () => process.kill(server.pid, "SIGKILL"));
});

test("the next start removes the folder that a killed server has left in memory, but none that is in use", async () => {
  const shared = folderWith();
  chmodSync(shared, 0o700);
  const env = { XDG_RUNTIME_DIR: shared };
  /** Make everything there look older: a young folder may belong to a server that is starting. */
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
    // Its workers can still be replaced.
    for (const each of server.workers()) process.kill(each, "SIGKILL");
    assert.equal((await fetch(server.url)).status, 200);
    assert.equal(await server.stop(), 0);
  }
  assert.deepEqual(readdirSync(shared), []);
  assert.ok(existsSync(shared));
});
