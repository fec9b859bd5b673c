import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, replaced } from "../../testing/hangs.ts";
import { type Interrupted, interrupted, TIMEOUT } from "../../testing/interrupted.ts";
import { isAlive } from "../../testing/processes.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";

/** How long after the 504 its worker may live: the grace, and a second for a busy machine. */
const GRACE = 2;

/** Ask for what hangs; resolves with its worker when that has gone. */
async function hang(server: Interrupted, path: string): Promise<{ worker: number; after: number }> {
  const { status, text, seconds } = await get(server, path);
  const at = performance.now();
  assert.equal(status, 504);
  assert.ok(Math.abs(seconds - TIMEOUT) <= 0.25, `504 after ${seconds} s`);
  const line = await server.logged(({ msg }) =>
    Boolean(msg?.includes(`hung for 0.5 s in GET ${path}`)),
  );
  assert.match(line.msg as string, /, 0\.[5-7] s old; the worker is replaced/);
  assert.ok(text.includes(line.request as string), "the id that the client has is in the log");
  assert.match(line.detail as string, /most recent call first/);
  await replaced(server, line.worker as number);
  return { worker: line.worker as number, after: (performance.now() - at) / 1000 };
}

const killed = (server: Interrupted, worker: number): boolean =>
  server.log().some((line) => line.worker === worker && line.msg?.includes("hangs still"));

/** What is logged may come later than the end of the worker is seen. */
const loggedKill = (server: Interrupted, worker: number): Promise<unknown> =>
  server.logged((line) => line.worker === worker && line.msg?.includes("hangs still") === true);

// The regular expressions of Python look for signals themselves.
for (const way of ["asleep", "locked", "joined", "busy", "silent", "matching"]) {
  test(`one thread, ${way}: the request is interrupted, and its worker ends by itself`, async () => {
    await interrupted(["--workers", "2"], async (server) => {
      const { worker, after } = await hang(server, `/view?key=a&way=${way}`);
      assert.deepEqual(server.events("a"), ["begun", "timeout", "finally"]);
      assert.ok(!killed(server, worker), "it was not killed");
      assert.ok(after < 1, `gone ${after} s after the 504`);
      assert.equal((await get(server, "/pid")).status, 200);
    });
  });
}

for (const way of ["hashing", "summing"]) {
  for (const threads of ["1", "4"]) {
    test(`a call of C (${way}), ${threads} threads: the worker is killed after the grace`, async () => {
      await interrupted(["--workers", "2", "--threads", threads], async (server) => {
        const { worker, after } = await hang(server, `/view?key=a&way=${way}`);
        await loggedKill(server, worker);
        assert.ok(after > 0.7 && after < GRACE, `gone ${after} s after the 504`);
      });
    });
  }
}

for (const way of ["busy", "napping"]) {
  test(`four threads, ${way}: only the thread of that request is interrupted`, async () => {
    await interrupted(
      ["--workers", "1", "--threads", "4", "--timeout", "/for=3"],
      async (server) => {
        const neighbours = [1, 2, 3].map(() => get(server, "/for?s=1.5"));
        const old = String(server.workers()[0]);
        const { worker } = await hang(server, `/view?key=a&way=${way}`);
        for (const { status, text } of await Promise.all(neighbours)) {
          assert.equal(status, 200);
          assert.equal(text, old);
        }
        assert.deepEqual(server.events("a"), ["begun", "timeout", "finally"]);
        assert.ok(!killed(server, worker));
      },
    );
  });
}

for (const threads of ["1", "4"]) {
  test(`${threads} threads: a view that catches everything and goes on is interrupted once, then killed`, async () => {
    await interrupted(["--workers", "2", "--threads", threads], async (server) => {
      const { worker, after } = await hang(server, "/stubborn?key=a&way=napping");
      assert.deepEqual(server.events("a"), ["begun", "caught"]);
      await loggedKill(server, worker);
      assert.ok(after > 0.7 && after < GRACE, `gone ${after} s after the 504`);
    });
  });

  test(`${threads} threads: what a request answers too late is nobody's answer`, async () => {
    await interrupted(["--workers", "2", "--threads", threads], async (server) => {
      const client = await raw(server.port);
      client.write("GET /forgiving?key=a&way=napping HTTP/1.1\r\nHost: a\r\n\r\n");
      client.write("GET /for?s=0.2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const { text } = await client.closed();
      assert.match(text, /^HTTP\/1\.1 504 [^]*HTTP\/1\.1 200 [^]*\r\n\r\n\d+$/);
      assert.doesNotMatch(text, /too late/);
      assert.deepEqual(server.events("a"), ["caught"]);
    });
  });

  test(`${threads} threads: a stream that stalls is interrupted, and closed once`, async () => {
    await interrupted(["--workers", "2", "--threads", threads], async (server) => {
      const client = await raw(server.port);
      client.write("GET /stream?key=a&way=napping HTTP/1.1\r\nHost: a\r\n\r\n");
      const seen = await client.closed();
      assert.match(seen.text, /first\n/);
      assert.doesNotMatch(seen.text, /last|\r\n0\r\n\r\n$/);
      const line = await server.logged(({ msg }) => Boolean(msg?.includes("in GET /stream")));
      await replaced(server, line.worker as number);
      assert.deepEqual(server.events("a"), ["finally", "close"]);
      assert.ok(!killed(server, line.worker as number));
    });
  });
}

test("a close() that hangs is interrupted, too", async () => {
  await interrupted(["--workers", "2"], async (server) => {
    const { status, text } = await get(server, "/closing?key=a&way=asleep");
    assert.equal(status, 200);
    for (let count = 0; count < 5; count += 1)
      assert.equal((await get(server, "/pid")).status, 200);
    await replaced(server, Number(text));
    assert.deepEqual(server.events("a"), ["close", "timeout"]);
    assert.ok(!killed(server, Number(text)));
  });
});

test("a worker that no longer hangs is not killed while its other threads are in close()", async () => {
  await interrupted(["--workers", "1", "--threads", "4"], async (server) => {
    // How long it takes to hand back what it has not begun decides: several rounds, each with some work for the GIL.
    for (let round = 0; round < 6; round += 1) {
      const hung = get(server, `/view?key=hung${round}&way=napping`);
      await sleep(300);
      const keys = [0, 1, 2].map((number) => `r${round}-${number}`);
      await Promise.all(keys.map((key) => get(server, `/working?key=${key}&s=0.3`)));
      const waiting = [get(server, "/pid"), get(server, "/pid")];
      assert.equal((await hung).status, 504);
      for (const { status } of await Promise.all(waiting)) assert.equal(status, 200);
      const all = (): boolean => keys.every((key) => server.events(key).includes("worked"));
      await until(all, "every close() comes to its end");
    }
    assert.ok(!server.log().some(({ msg }) => msg?.includes("killed")));
  });
});

test("a stopped worker: its request gets 504, and it is killed", async () => {
  await interrupted(["--workers", "2"], async (server) => {
    const hung = get(server, "/for?s=0.4");
    await sleep(100);
    for (const each of server.workers()) process.kill(each, "SIGSTOP");
    const old = server.workers();
    const { status } = await hung;
    assert.equal(status, 504);
    const line = await server.logged(({ msg }) =>
      Boolean(msg?.includes("hung for 0.5 s in GET /for")),
    );
    assert.match(line.msg as string, /It does not say where/);
    assert.equal((await get(server, "/pid")).status, 200);
    await until(() => !isAlive(line.worker as number), "it is killed");
    assert.ok(old.includes(line.worker as number));
  });
});

test("workers that are stopped while they have nothing to do: what comes is run by others, and the log does not blame a view", async () => {
  await interrupted(["--workers", "2"], async (server) => {
    for (const each of server.workers()) process.kill(each, "SIGSTOP");
    assert.equal((await get(server, "/pid")).status, 200);
    const line = await server.logged(({ msg }) => msg?.startsWith("hung for") === true);
    assert.match(line.msg as string, /^hung for 0\.5 s before its next request; .*it is stopped/);
  });
});

test("every worker hangs at once in C: others wait for no longer than a worker takes to start", async () => {
  await interrupted(["--workers", "2", "--timeout-grace", "3"], async (server) => {
    const old = server.workers();
    const hung = ["summing", "hashing"].map((way) => get(server, `/view?key=${way}&way=${way}`));
    await sleep(100);
    const waiting = await Promise.all(Array.from({ length: 10 }, () => get(server, "/pid")));
    for (const { status, seconds } of waiting) {
      assert.equal(status, 200);
      assert.ok(seconds < TIMEOUT + 1.2, `served after ${seconds} s`);
    }
    for (const each of await Promise.all(hung)) assert.equal(each.status, 504);
    // Nobody has waited for their end.
    assert.ok(old.every(isAlive));
  });
});

test("each path has its own timeout", async () => {
  const args = [
    "--workers",
    "4",
    "--timeout",
    "0.5",
    "--timeout",
    "/reports/*=3",
    "--timeout",
    "/reports/quick=0.2",
  ];
  await interrupted(args, async (server) => {
    const paths = ["/for?s=2", "/reports/of/all?s=1.5", "/%72eports/x?s=1.5", "/reports/quick?s=2"];
    const seen = await Promise.all(paths.map((path) => get(server, path)));
    assert.deepEqual(
      seen.map(({ status }) => status),
      [504, 200, 200, 504],
    );
    assert.ok((seen[3]?.seconds as number) < 0.45, "its own");
    await server.logged(({ msg }) =>
      Boolean(msg?.includes("hung for 0.2 s in GET /reports/quick")),
    );
  });
});
