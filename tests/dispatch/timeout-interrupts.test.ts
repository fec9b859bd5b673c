import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { get, replaced, timesOut } from "../../testing/hangs.ts";
import {
  type Interrupted,
  interrupted,
  startInterrupted,
  TIMEOUT_SECONDS,
} from "../../testing/interrupted.ts";
import { isAlive } from "../../testing/processes.ts";
import { raw } from "../../testing/socket.ts";
import { untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";

/** Seconds, which never pass here: a worker that has not ended by itself long before has not been interrupted. */
const GRACE = 120;

/** Ask for what hangs; resolves with its worker when that has ended by itself. */
async function hang(server: Interrupted, path: string): Promise<number> {
  const { text } = await timesOut(server, path, TIMEOUT_SECONDS);
  const line = await server.logged(
    ({ msg }) => msg?.includes(`hung for 0.5 s in GET ${path}`) === true,
  );
  const age = /, (\d+\.\d) s old; the worker is replaced/.exec(line.msg ?? "")?.[1];
  assert.ok(Number(age) >= TIMEOUT_SECONDS, String(line.msg));
  assert.ok(text.includes(line.request as string), "the id that the client has is in the log");
  assert.match(line.detail as string, /most recent call first/);
  await replaced(server, line.worker as number);
  assert.ok(!killed(server, line.worker as number), "it was not killed");
  return line.worker as number;
}

const killed = (server: Interrupted, worker: number): boolean =>
  server.log().some((line) => line.worker === worker && line.msg?.includes("still hangs"));

// They mostly wait, and each has a server of its own.
describe("requests are interrupted", { concurrency: true }, () => {
  for (const threads of [1, 4]) {
    describe(`${threads} threads`, { concurrency: 1 }, () => {
      let server: Interrupted;
      before(async () => {
        server = await startInterrupted(GRACE, ["--workers", "2", "--threads", String(threads)]);
      });
      after(() => server.stop());

      // The regular expressions of Python look for signals themselves.
      const ways =
        threads === 1 ? ["asleep", "locked", "joined", "busy", "silent", "matching"] : [];
      for (const way of ways) {
        test(`one thread, ${way}: the request is interrupted, and its worker ends by itself`, async () => {
          await hang(server, `/view?key=${way}&way=${way}`);
          assert.deepEqual(server.events(way), ["begun", "timeout", "finally"]);
          assert.equal((await get(server, "/pid")).status, 200);
        });
      }

      test(`${threads} threads: a late response reaches no client`, async () => {
        const path = "/forgiving?key=late&way=napping";
        const client = await raw(server.port);
        client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        client.write("GET /for?s=0.2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const { text } = await client.closed();
        assert.match(text, /^HTTP\/1\.1 504 [^]*HTTP\/1\.1 200 [^]*\r\n\r\n\d+$/);
        assert.doesNotMatch(text, /too late/);
        const line = await server.logged(({ msg }) => msg?.includes(`in GET ${path}`) === true);
        await replaced(server, line.worker as number);
        assert.deepEqual(server.events("late"), ["caught"]);
      });

      test(`${threads} threads: a stream that stalls is interrupted, and closed once`, async () => {
        const client = await raw(server.port);
        client.write("GET /stream?key=stream&way=napping HTTP/1.1\r\nHost: a\r\n\r\n");
        const seen = await client.closed();
        assert.match(seen.text, /first\n/);
        assert.doesNotMatch(seen.text, /last|\r\n0\r\n\r\n$/);
        const line = await server.logged(({ msg }) => msg?.includes("in GET /stream") === true);
        await replaced(server, line.worker as number);
        assert.deepEqual(server.events("stream"), ["finally", "close"]);
        assert.ok(!killed(server, line.worker as number));
      });

      if (threads > 1) return;
      test("a close() that hangs is interrupted, too", async () => {
        const { status, text } = await get(server, "/closing?key=close&way=asleep");
        assert.equal(status, 200);
        // That it hangs is seen when it is given another request.
        await until(async () => {
          assert.equal((await get(server, "/pid")).status, 200);
          return !isAlive(Number(text));
        }, "the worker has ended");
        await replaced(server, Number(text));
        assert.deepEqual(server.events("close"), ["close", "timeout"]);
        assert.ok(!killed(server, Number(text)));
      });
    });
  }

  describe("one worker of four threads", { concurrency: 1 }, () => {
    let server: Interrupted;
    before(async () => {
      server = await startInterrupted(GRACE, ["--workers", "1", "--threads", "4"]);
    });
    after(() => server.stop());

    for (const way of ["busy", "napping"]) {
      test(`four threads, ${way}: only the thread of that request is interrupted`, async () => {
        const neighbours = [1, 2, 3].map(() => get(server, "/for?s=1.5"));
        await untilRequests(server, { running: 3 });
        const old = String(server.workers()[0]);
        await hang(server, `/view?key=${way}&way=${way}`);
        for (const { status, text } of await Promise.all(neighbours)) {
          assert.equal(status, 200);
          assert.equal(text, old);
        }
        assert.deepEqual(server.events(way), ["begun", "timeout", "finally"]);
      });
    }
  });

  test("a worker that no longer hangs is not killed while its other threads are in close()", async () => {
    const args = ["--workers", "1", "--threads", "4", "--timeout", "60", "--timeout", "/view=0.5"];
    await interrupted(1, args, async (server) => {
      // How long it takes to hand back what it has not begun decides: several rounds, each with some work for the GIL.
      for (let round = 0; round < 4; round += 1) {
        const key = `hung${round}`;
        const hung = get(server, `/view?key=${key}&way=napping`);
        await until(() => server.events(key).includes("begun"), "it hangs");
        const keys = [0, 1, 2].map((number) => `r${round}-${number}`);
        await Promise.all(keys.map((each) => get(server, `/working?key=${each}&s=0.3`)));
        const waiting = [get(server, "/pid"), get(server, "/pid")];
        assert.equal((await hung).status, 504);
        for (const { status } of await Promise.all(waiting)) assert.equal(status, 200);
        const all = (): boolean => keys.every((each) => server.events(each).includes("worked"));
        await until(all, "every close() comes to its end");
      }
      assert.ok(!server.log().some(({ msg }) => msg?.includes("killed")));
    });
  });

  test("each path has its own timeout", async () => {
    const args = ["--workers", "4", "--timeout", "/for=0.5", "--timeout", "/reports/*=60"];
    await interrupted(1, [...args, "--timeout", "/reports/quick=0.2"], async (server) => {
      const paths = ["/for?s=20", "/reports/of/all?s=1", "/%72eports/x?s=1", "/reports/quick?s=20"];
      const seen = await Promise.all(paths.map((path) => get(server, path)));
      assert.deepEqual(
        seen.map(({ status }) => status),
        [504, 200, 200, 504],
      );
      for (const [seconds, path] of [
        [0.5, "/for"],
        [0.2, "/reports/quick"],
      ] as const) {
        const what = `hung for ${seconds} s in GET ${path}`;
        await server.logged(({ msg }) => msg?.includes(what) === true);
      }
    });
  });
});
