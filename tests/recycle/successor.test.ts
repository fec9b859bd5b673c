import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { always, readyOf, replacements, watchPool } from "../../testing/worker-status.ts";
import { Load } from "../../testing/load.ts";
import { folderWith } from "../../testing/temp.ts";

const GOOD = "from wsgiref.simple_server import demo_app as application\n";

// They mostly wait, and each has its own server.
describe("successors", { concurrency: true }, () => {
  test("workers are replaced at maxAge, one after the other, and no request is lost under load", async (t) => {
    const watched = await watchPool(t, "basic", { args: ["--workers", "3", "--max-age", "2"] });
    const { server } = watched;
    const { workers: old } = await watched.until(
      (pool) => readyOf(pool).length === 3,
      "all are ready",
    );
    const fewer = always(watched, (pool) => readyOf(pool).length >= 3);
    const load = new Load(server.url, [
      { path: "/sleep?0.01", count: 4 },
      { path: "/", count: 2, fresh: true },
    ]);
    await watched.until(
      ({ workers }) => !workers.some(({ pid }) => old.some((each) => each.pid === pid)),
      "none of the first is left",
    );
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.deepEqual(await fewer.stop(), []);
    for (const { why } of replacements(server)) {
      assert.ok(Number(/^it is (\d+) s old$/.exec(why)?.[1]) >= 2, why);
    }
  });

  test("workers of the same age are due at times up to a tenth of maxAge apart", async (t) => {
    // A tenth of it takes many checks of the server, and of this test, even if some are late.
    const watched = await watchPool(t, "basic", { args: ["--workers", "12", "--max-age", "20"] });
    const { workers } = await watched.until((pool) => readyOf(pool).length === 12, "all are ready");
    /** The age of each when it was first seen to be due. */
    const ages = new Map<number, number>();
    await watched.until((pool) => {
      for (const { pid, age, recycled } of pool.workers) {
        const isDue = recycled !== null && workers.some((each) => each.pid === pid);
        if (isDue && !ages.has(pid)) ages.set(pid, age);
      }
      // Workers that have ended between two polls are left out.
      return !workers.some(({ pid }) =>
        pool.workers.some((each) => each.pid === pid && !ages.has(pid)),
      );
    }, "all are due");
    const last = [...ages.values()];
    assert.ok(last.length >= 6, `${last.length} were seen to be due`);
    assert.ok(Math.min(...last) >= 18, last.join());
    // The server checks twice a second.
    assert.ok(Math.max(...last) - Math.min(...last) > 0.4, last.join());
  });

  test("while its successor does not start, the old worker serves on, and the log says so", async (t) => {
    const cwd = folderWith({ "app.py": GOOD });
    const args = ["--workers", "1", "--no-preload", "--max-requests", "5"];
    const watched = await watchPool(t, "app", { cwd, args });
    const { server } = watched;
    const [old] = await watched.ready();
    writeFileSync(join(cwd, "app.py"), "import nothing_of_that_name\n");
    for (let count = 0; count < 5; count += 1) await (await fetch(server.url)).text();
    const line = await server.logged(({ msg }) => msg?.startsWith("worker did not start") === true);
    assert.equal(line.code, "QUINTET_MODULE_FAILED");
    assert.match(line.msg as string, /Next try in 0\.25 s; 1 of 1 workers serve\.$/);
    await server.logged(({ msg }) => /Next try in 0\.5 s/.test(msg ?? ""));
    for (let count = 0; count < 20; count += 1) assert.equal((await fetch(server.url)).status, 200);
    const pool = await watched.pool();
    const worker = pool.workers.find(({ pid }) => pid === old);
    assert.deepEqual([worker?.state, worker?.recycled], ["ready", "it has answered 5 requests"]);
    writeFileSync(join(cwd, "app.py"), GOOD);
    await watched.until((found) => {
      const ready = readyOf(found);
      return ready.length === 1 && ready[0] !== old;
    }, "it is replaced");
  });

  test("a worker that dies while it waits for its successor is replaced once", async (t) => {
    const cwd = folderWith({ "app.py": `import time\ntime.sleep(0.5)\n${GOOD}` });
    const args = ["--workers", "2", "--no-preload", "--max-requests", "5"];
    const watched = await watchPool(t, "app", { cwd, args });
    await watched.until((pool) => readyOf(pool).length === 2, "both are ready");
    const more = always(watched, ({ workers }) => workers.length <= 3);
    const load = new Load(watched.server.url, [{ path: "/", count: 1 }]);
    const { pid } = await watched
      .until(({ workers }) => workers.some(({ recycled }) => recycled !== null), "one is due")
      .then(({ workers }) => workers.find(({ recycled }) => recycled !== null) as { pid: number });
    await load.stop();
    process.kill(pid, "SIGKILL");
    await watched.until(
      (pool) => readyOf(pool).length === 2 && pool.workers.every((each) => each.pid !== pid),
      "there are two again",
    );
    await watched.until(({ workers }) => workers.length === 2, "and no more");
    assert.deepEqual(await more.stop(), []);
  });
});
