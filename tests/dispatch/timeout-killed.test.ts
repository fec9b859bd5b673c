import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { untilReady } from "../../testing/worker-status.ts";
import { endsInTime, get, kill, replaced, timesOut } from "../../testing/hangs.ts";
import {
  type Interrupted,
  interrupted,
  startInterrupted,
  TIMEOUT_SECONDS,
} from "../../testing/interrupted.ts";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";

/** Seconds. */
const GRACE = 1;

/** Ask for what cannot be interrupted: its worker is killed, no sooner than the grace is over and not much later. */
async function killedAfterGrace(server: Interrupted, path: string): Promise<void> {
  const worker = await endsInTime(TIMEOUT_SECONDS + GRACE, async () => {
    await timesOut(server, path, TIMEOUT_SECONDS);
    const { worker: pid } = await server.logged(
      ({ msg }) => msg?.includes(`hung for 0.5 s in GET ${path}`) === true,
    );
    await until(() => !isAlive(pid as number), "it has ended");
    return pid as number;
  });
  await server.logged(
    (line) => line.worker === worker && line.msg?.includes("still hangs, 1 s after") === true,
  );
  await replaced(server, worker);
}

// They mostly wait, and each has a server of its own.
describe("workers that hang are killed", { concurrency: true }, () => {
  for (const threads of [1, 4]) {
    describe(`${threads} threads`, { concurrency: 1 }, () => {
      let server: Interrupted;
      before(async () => {
        server = await startInterrupted(GRACE, ["--workers", "2", "--threads", String(threads)]);
      });
      after(() => server.stop());

      for (const way of ["hashing", "summing"]) {
        test(`a call of C (${way}), ${threads} threads: the worker is killed after the grace`, async () => {
          await killedAfterGrace(server, `/view?key=${way}&way=${way}`);
        });
      }

      test(`${threads} threads: a view that catches everything and continues is interrupted once, then killed`, async () => {
        await killedAfterGrace(server, "/stubborn?key=stubborn&way=napping");
        assert.deepEqual(server.events("stubborn"), ["begun", "caught"]);
      });
    });
  }

  test("a stopped worker: its request gets 504, and it is killed", async () => {
    await interrupted(GRACE, ["--workers", "2"], async (server) => {
      const old = await untilReady(server, 2);
      const hung = get(server, "/view?key=a&way=napping");
      await until(() => server.events("a").includes("begun"), "it runs");
      for (const each of old) process.kill(each, "SIGSTOP");
      assert.equal((await hung).status, 504);
      const line = await server.logged(
        ({ msg }) => msg?.includes("hung for 0.5 s in GET /view") === true,
      );
      assert.match(line.msg as string, /It did not report where/);
      assert.equal((await get(server, "/pid")).status, 200);
      await until(() => !isAlive(line.worker as number), "it is killed");
      assert.ok(old.includes(line.worker as number));
    });
  });

  test("if idle workers are stopped (SIGSTOP), others run new requests, and the log does not blame a view", async () => {
    await interrupted(GRACE, ["--workers", "2"], async (server) => {
      for (const each of await untilReady(server, 2)) process.kill(each, "SIGSTOP");
      assert.equal((await get(server, "/pid")).status, 200);
      const line = await server.logged(({ msg }) => msg?.startsWith("hung for") === true);
      assert.match(line.msg as string, /^hung for 0\.5 s before its next request; .*it is stopped/);
    });
  });

  test("every worker hangs at once in C: others do not wait for the end of these", async () => {
    const server = await startInterrupted(120, ["--workers", "2"]);
    try {
      const old = await untilReady(server, 2);
      const ways = ["summing", "hashing"];
      const hung = ways.map((way) => get(server, `/view?key=${way}&way=${way}`));
      const begun = (way: string): boolean => server.events(way).includes("begun");
      await until(() => ways.every(begun), "both hang");
      const waiting = await Promise.all(Array.from({ length: 10 }, () => get(server, "/pid")));
      for (const { status, text } of waiting) {
        assert.equal(status, 200);
        assert.ok(!old.includes(Number(text)));
      }
      for (const each of await Promise.all(hung)) assert.equal(each.status, 504);
      assert.ok(old.every(isAlive));
    } finally {
      await kill(server);
    }
  });
});
