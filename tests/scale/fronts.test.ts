import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ServerStatus } from "../../src/front/status.ts";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { frontsOf } from "../../testing/processes.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

const scale = (server: Running, workers: number) =>
  runCommand(["scale", String(workers), "--pid", String(server.pid)]);

/** How many workers each front is to have. */
async function wanted(server: Running): Promise<(number | undefined)[]> {
  const { stdout } = await runCommand(["status", "--json", "--pid", String(server.pid)]);
  const [status] = JSON.parse(stdout) as ServerStatus[];
  return status?.fronts.map(({ pools }) => pools[0]?.wanted) ?? [];
}

function delivered(pid: number): boolean {
  return /^ShdPnd:\t0+$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

test("each TTIN counts, even while the front is busy", async (t) => {
  const server = await serve(t, "basic");
  const { front } = server;
  process.kill(front, "SIGSTOP");
  try {
    for (let time = 0; time < 3; time += 1) {
      process.kill(server.pid, "SIGTTIN");
      // Pending signals of the same number are merged into one.
      await until(() => delivered(server.pid), "it is delivered");
    }
  } finally {
    process.kill(front, "SIGCONT");
  }
  await until(() => server.workers().length === 4, "there are four");
});

test("a new number of workers also applies to a front that is starting", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write } = await edition(t, "edition", {}, { args });
  assert.equal((await scale(server, 4)).code, 0);
  write("edition_now.py", "raise SystemExit(7)\n");
  process.kill(frontsOf(server.pid)[1] as number, "SIGKILL");
  await server.logged(({ msg }) => /the next one starts in 1 s/.test(msg ?? ""));
  const { code, stderr } = await scale(server, 6);
  assert.equal(code, 0, stderr);
  write("edition_now.py", "NUMBER = 1\n");
  await server.logged(({ msg }) => /^front \d+ serves/.test(msg ?? ""));
  await until(() => server.workers().length === 6, "there are six");
  assert.deepEqual(await wanted(server), [3, 3]);
});

test("a number of workers that is too small for one front is refused by all", async (t) => {
  const args = ["--fronts", "2", "--workers", "6", "--keep-workers", "/api=1"];
  const server = await serve(t, "basic", { args });
  const { code, stderr } = await scale(server, 3);
  assert.equal(code, 3);
  assert.match(stderr, /keepWorkers keeps 1 of 1 workers/);
  assert.deepEqual(await wanted(server), [3, 3]);
});

test("a booting worker that is not needed any more ends", async (t) => {
  const args = ["--no-preload", "--workers", "2"];
  const { server, write } = await edition(t, "edition", {}, { args });
  const before = server.workers();
  // It is never opened, so they would boot until the boot timeout, which is longer than the test waits.
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 1\n`);
  assert.equal((await scale(server, 4)).code, 0);
  await held.untilReached(2);
  assert.equal((await scale(server, 2)).code, 0);
  await until(() => server.workers().length === 2, "those that boot have ended");
  assert.deepEqual(server.workers(), before);
});
