import assert from "node:assert/strict";
import { test } from "node:test";
import { always, readyOf, replacements, watchPool } from "../../testing/worker-status.ts";
import { Load } from "../../testing/load.ts";
import { serve } from "../../testing/serve.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

test("recycling every 50 requests under load loses no request, and there are never fewer workers than wanted", async (t) => {
  const args = ["--workers", "3", "--max-requests", "50"];
  const watched = await watchPool(t, "basic", { args });
  const { server } = watched;
  await watched.until((pool) => readyOf(pool).length === 3, "all are ready");
  const fewer = always(watched, (pool) => readyOf(pool).length >= 3);
  const load = new Load(server.url, [
    { path: "/", count: 6 },
    { path: "/sleep?0.02", count: 3 },
    { path: "/stream?5,0.01", count: 2 },
    { path: "/", count: 3, fresh: true },
  ]);
  await until(() => replacements(server).length >= 40, "40 workers are replaced", 2 * PATIENCE);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(await fewer.stop(), []);
  assert.ok(load.answered >= 40 * 50, `${load.answered} answers`);
  const replaced = replacements(server);
  assert.equal(new Set(replaced.map(({ pid }) => pid)).size, replaced.length);
  assert.deepEqual([...new Set(replaced.map(({ why }) => why))], ["it has answered 50 requests"]);
});

test("one at a time: there is at most one worker more than are wanted and are leaving", async (t) => {
  const args = ["--workers", "4", "--max-requests", "10", "--threads", "2"];
  const watched = await watchPool(t, "basic", { args });
  await watched.until((pool) => readyOf(pool).length === 4, "all are ready");
  const more = always(watched, ({ workers }) => {
    const staff = workers.filter(({ state }) => state === "ready" || state === "booting");
    return staff.length <= 5 && workers.length <= 9;
  });
  const load = new Load(watched.server.url, [{ path: "/stream?4,0.02", count: 8 }]);
  await until(() => replacements(watched.server).length >= 20, "20 are replaced", 2 * PATIENCE);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(await more.stop(), []);
});

test("maxRequestsJitter varies how many requests a worker answers", async (t) => {
  const args = ["--max-requests", "10", "--max-requests-jitter", "20"];
  const server = await serve(t, "basic", { args });
  const load = new Load(server.url, [{ path: "/", count: 1 }]);
  await until(() => replacements(server).length >= 12, "12 are replaced", 2 * PATIENCE);
  await load.stop();
  assert.deepEqual(load.failures, []);
  const answered = replacements(server).map(({ why }) => Number(/\d+/.exec(why)?.[0]));
  assert.ok(Math.min(...answered) >= 10 && Math.max(...answered) <= 30, answered.join(" "));
  assert.ok(new Set(answered).size >= 3, answered.join(" "));
});

test("workers that run TypeScript are recycled, too", async (t) => {
  const server = await serve(t, "ts/basic.ts", { args: ["--max-requests", "20"] });
  const load = new Load(server.url, [
    { path: "/hello", count: 2 },
    { path: "/stream?3,0.01", count: 2 },
  ]);
  await until(() => replacements(server).length >= 3, "3 are replaced", 2 * PATIENCE);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("the old worker finishes its response, then ends", async (t) => {
  const args = ["--workers", "1", "--threads", "2", "--max-requests", "5"];
  const watched = await watchPool(t, "basic", { args });
  const [old] = await watched.ready();
  const stream = fetch(`${watched.server.url}/stream?30,0.1`).then((response) => response.text());
  await watched.until(({ workers }) => workers[0]?.running.length === 1, "it streams");
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await fetch(watched.server.url)).status, 200);
  }
  const pool = await watched.until((pool) => !readyOf(pool).includes(old as number), "it leaves");
  const leaving = pool.workers.find(({ pid }) => pid === old);
  assert.equal(leaving?.state, "retiring");
  assert.equal(leaving?.recycled, "it has answered 5 requests");
  assert.equal(leaving?.running[0]?.what, "GET /stream?30,0.1");
  assert.equal(pool.workers.length, 2);
  const lines = (await stream).trimEnd().split("\n");
  assert.deepEqual([lines.length, lines.at(-1)], [30, "chunk 29"]);
  await watched.until(({ workers }) => workers.length === 1, "the old one has ended");
});

test("an old worker that dies in its last request is logged, and not replaced again", async (t) => {
  const args = ["--workers", "1", "--threads", "2", "--max-requests", "5"];
  const watched = await watchPool(t, "basic", { args });
  const { server } = watched;
  const [old] = (await watched.ready()) as [number];
  const last = fetch(`${server.url}/sleep?60`).then(({ status }) => status);
  await watched.until(({ workers }) => workers[0]?.running.length === 1, "it runs");
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await fetch(server.url)).status, 200);
  }
  await watched.until((pool) => !readyOf(pool).includes(old), "it retires");
  const [successor] = await watched.ready();
  process.kill(old, "SIGKILL");
  assert.equal(await last, 502);
  await server.logged(
    ({ worker, msg }) => worker === old && msg === "worker died (killed by SIGKILL)",
  );
  const { workers } = await watched.until((pool) => pool.workers.length === 1, "it is gone");
  assert.equal(workers[0]?.pid, successor);
});

test("wsgi.multiprocess is true if a successor, other workers or another front may run at the same time", async (t) => {
  const cases = [
    [["--workers", "1"], false],
    [["--workers", "1", "--max-requests", "1000"], true],
    [["--workers", "1-2"], true],
    [["--workers", "2", "--fronts", "2"], true],
  ] as const;
  const seen = await Promise.all(
    cases.map(async ([args]) => {
      const server = await serve(t, "basic", { args: [...args] });
      const environ = (await (await fetch(`${server.url}/environ`)).json()) as object;
      return (environ as Record<string, unknown>)["wsgi.multiprocess"];
    }),
  );
  assert.deepEqual(
    seen,
    cases.map(([, expected]) => expected),
  );
});
