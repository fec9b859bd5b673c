// Processes that a worker has started through multiprocessing end with it, however it ends.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { apps } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

const METHODS = ["fork", "spawn", "forkserver"];

async function site(t: TestContext, ...args: string[]): Promise<Running> {
  const folder = folderWith();
  symlinkSync(join(apps, "leaving.py"), join(folder, "leaving.py"));
  return serve(t, "leaving", { cwd: folder, args });
}

async function get(server: Running, path: string): Promise<string> {
  const response = await fetch(`${server.url}/${path}`);
  assert.equal(response.status, 200, path);
  return response.text();
}

/** Have a worker start processes of each kind. */
async function started(server: Running): Promise<{ worker: number; all: number[] }> {
  const worker = Number(await get(server, "pid"));
  const known: number[] = [];
  for (const method of METHODS) {
    known.push(...(await get(server, `processes?${method}`)).split(" ").map(Number));
  }
  // This includes the helper processes of multiprocessing.
  const all = [...new Set([...known, ...descendants(worker)])];
  assert.ok(all.length > known.length && known.length > 9, "there are several of each kind");
  assert.ok(known.every(isAlive));
  return { worker, all };
}

async function noneIsLeft(all: number[], when: string): Promise<void> {
  await until(() => !all.some(isAlive), `none is left ${when}`);
}

describe("processes of multiprocessing", { concurrency: true }, () => {
  test("end with a worker that is killed, and with one that does not exit in time", async (t) => {
    const server = await site(t, "--graceful-timeout", "1");
    const killed = await started(server);
    process.kill(killed.worker, "SIGKILL");
    await noneIsLeft(killed.all, "of a worker that was killed");
    const late = await started(server);
    await get(server, "thread?never");
    assert.equal(await server.stop(), 0);
    assert.ok(server.log().some(({ msg = "" }) => /did not end .* killed/.test(msg)));
    await noneIsLeft(late.all, "of a worker that did not end in time");
  });

  test("end with a worker that imports by itself and ends at a reload or a stop", async (t) => {
    const server = await site(t, "--no-preload");
    const before = await started(server);
    assert.equal((await runCommand(["reload", "--pid", String(server.pid)])).code, 0);
    await noneIsLeft(before.all, "of the generation before");
    const { all } = await started(server);
    assert.equal(await server.stop(), 0);
    await noneIsLeft(all, "when the server has stopped");
    assert.ok(!server.log().some(({ msg = "" }) => /killed/.test(msg)));
  });

  test("end with a front that is killed, and with a server that is stopped at once", async (t) => {
    const server = await site(t);
    const { all } = await started(server);
    process.kill(server.front, "SIGKILL");
    await noneIsLeft(all, "of the front that was killed");
    const others = await started(server);
    server.child.kill("SIGQUIT");
    assert.equal(await server.ended, 1);
    await noneIsLeft(others.all, "when the server has stopped");
  });
});
