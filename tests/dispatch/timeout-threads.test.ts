import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  get,
  hangs,
  hungAfterwards,
  kill,
  replaced,
  startHangs,
  timesOut,
} from "../../testing/hangs.ts";
import type { Running } from "../../testing/server.ts";
import { untilRequests } from "../../testing/status.ts";

/** Have all four threads of a worker hang in close(). Returns which. */
async function allHang(server: Running): Promise<number> {
  // A worker that has answered has nothing to do, as far as can be seen, and mostly goes first.
  const hanging = new Map<number, number>();
  for (;;) {
    const { worker } = await get(server, "/close?60");
    const count = (hanging.get(worker) ?? 0) + 1;
    hanging.set(worker, count);
    assert.ok(count <= 4, "a thread took a second one");
    if (count === 4) return worker;
  }
}

// They mostly wait, and each has a server of its own.
describe("timeouts of workers with several threads", { concurrency: true }, () => {
  test("of a worker's four threads one hangs: only its request gets 504, the others finish", async () => {
    const limits = ["--timeout", "60", "--timeout", "/sleep=1", "--timeout", "/hash=1"];
    await hangs(["--workers", "2", "--threads", "4", ...limits], async (server) => {
      for (const [path, where] of [
        ["/sleep?60", /in asleep_in_the_view\b/],
        ["/hash?60", /in hash_for\b/],
      ] as const) {
        const hung = timesOut(server, path);
        await untilRequests(server, { running: 1 });
        // They take longer than that request may.
        const others = await Promise.all(
          Array.from({ length: 7 }, () => get(server, "/stream?1.7")),
        );
        await hung;
        for (const { status, text } of others) {
          assert.equal(status, 200);
          assert.equal(text, "first\nlast\n");
        }
        const line = await server.logged(
          ({ msg }) => msg?.includes(`hung for 1 s in GET ${path}`) === true,
        );
        assert.match(line.detail as string, where);
        assert.ok(
          others.some(({ worker }) => worker === line.worker),
          "some ran beside it",
        );
        await replaced(server, line.worker as number);
      }
    });
  });

  test("all threads of a worker hang in close(): requests go elsewhere, long before the timeout", async () => {
    const server = await startHangs(["--workers", "2", "--threads", "4", "--timeout", "60"]);
    try {
      const full = await allHang(server);
      for (let count = 0; count < 20; count += 1) {
        const { status, seconds, worker } = await get(server, "/pid");
        assert.equal(status, 200);
        assert.notEqual(worker, full);
        assert.ok(seconds < 30, `a request waited ${seconds} s`);
      }
    } finally {
      await kill(server);
    }
  });

  test("all threads of a worker hang in close(): the worker is replaced", async () => {
    await hangs(["--workers", "2", "--threads", "4"], async (server) => {
      const worker = await allHang(server);
      await hungAfterwards(server, worker);
      await replaced(server, worker);
    });
  });

  test("some threads of a worker hang in close(): requests wait for no thread while another worker is free", async () => {
    const server = await startHangs(["--workers", "2", "--threads", "2", "--timeout", "60"]);
    try {
      await get(server, "/close?60");
      // As far as can be seen each worker has a thread for one more.
      for (let round = 0; round < 3; round += 1) {
        let answered = 0;
        const slow = [1, 2].map(async () => {
          const { status } = await get(server, "/sleep?1.5");
          answered += 1;
          return status;
        });
        await untilRequests(server, { running: 2 });
        assert.equal((await get(server, "/pid")).status, 200);
        assert.equal(answered, 0, "it has waited for a thread");
        assert.deepEqual(await Promise.all(slow), [200, 200]);
      }
    } finally {
      await kill(server);
    }
  });
});
