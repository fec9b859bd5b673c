import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { untilReady } from "../../testing/worker-status.ts";
import {
  endsInTime,
  get,
  hangs,
  hungAfterwards,
  kill,
  replaced,
  startHangs,
  TIMEOUT_SECONDS,
  timesOut,
} from "../../testing/hangs.ts";
import type { LogLine, Running } from "../../testing/server.ts";
import { raw } from "../../testing/socket.ts";
import { untilRequests } from "../../testing/status.ts";

/** The line that says that a worker hangs in a request. */
const hung = (server: Running, path: string): Promise<LogLine> =>
  server.logged(
    ({ msg }) => msg?.includes(`hung for ${TIMEOUT_SECONDS} s in GET ${path}`) === true,
  );

// They mostly wait: those with a server of their own do so beside the others.
describe("timeouts", { concurrency: true }, () => {
  describe("on one server", { concurrency: 1 }, () => {
    /** Each test leaves it with two workers that have nothing to do. */
    let server: Running;
    before(async () => {
      server = await startHangs(["--workers", "2"]);
    });
    after(() => server.stop());

    for (const [path, name] of [
      ["/sleep?60", "asleep_in_the_view"],
      ["/hash?60", "hash_for"],
      ["/c-sleep?60", "asleep_in_c"],
    ] as const) {
      test(`a view that hangs (${name}) gets 504 in time, its stack is logged, its worker is replaced`, async () => {
        const { text } = await timesOut(server, path);
        assert.match(text, /QUINTET_TIMEOUT/);
        const line = await hung(server, path);
        assert.match(line.detail as string, new RegExp(`in ${name}\\b`));
        assert.ok(text.includes(line.request as string));
        const why = `GET ${path}: QUINTET_TIMEOUT: no answer within 1 s`;
        await server.logged(({ msg }) => msg === why);
        await replaced(server, line.worker as number);
        assert.equal((await get(server, "/pid")).status, 200);
      });
    }

    test("all workers hang at once: their replacements serve the waiting clients", async () => {
      const old = await untilReady(server, 2);
      const both = [timesOut(server, "/sleep?61"), timesOut(server, "/hash?61")];
      await untilRequests(server, { running: 2 });
      const waiting = Array.from({ length: 10 }, () => get(server, "/pid"));
      await Promise.all(both);
      for (const { status, worker } of await Promise.all(waiting)) {
        assert.equal(status, 200);
        assert.ok(!old.includes(worker), `served by ${worker}, which hangs`);
      }
      for (const each of old) await replaced(server, each);
    });

    for (const view of ["close", "hash-close"]) {
      test(`a worker that hangs in ${view} is replaced, and its stack is logged`, async () => {
        const { status, worker } = await get(server, `/${view}?60`);
        assert.equal(status, 200);
        const line = await hungAfterwards(server, worker);
        assert.match(line.msg as string, /^hung for 1 s /);
        assert.match(line.detail as string, /in close\b/);
        await replaced(server, worker);
        assert.equal((await get(server, "/pid")).status, 200);
      });
    }

    for (const [version, how, path] of [
      ["1.1", "end", "/stream?60"],
      ["1.0", "ECONNRESET", "/stream?61"],
    ] as const) {
      test(`a stream that stalls is cut off, and an HTTP/${version} client sees that it is incomplete`, async () => {
        const client = await raw(server.port);
        const seen = await endsInTime(TIMEOUT_SECONDS, async () => {
          client.write(`GET ${path} HTTP/${version}\r\nHost: a\r\n\r\n`);
          await client.receives("first\n");
          return await client.closed();
        });
        assert.equal(seen.how, how);
        assert.doesNotMatch(seen.text, /last|\r\n0\r\n\r\n$/);
        const line = await hung(server, path);
        assert.match(line.detail as string, /in stalling_stream\b/);
        await replaced(server, line.worker as number);
        const ours = (each: LogLine): boolean => each.request === line.request;
        await server.logged(
          (each) => ours(each) && /nothing more came for 1 s/.test(each.access?.cut ?? ""),
        );
        await server.logged(
          (each) => each.code === "QUINTET_TIMEOUT" && /response cut short/.test(each.msg ?? ""),
        );
      });
    }

    test("a client that reads slowly gets the time that it needs", async () => {
      const size = 40_000_000;
      const path = `/large?${size}`;
      const [response] = (await once(request(server.url + path).end(), "response")) as [
        IncomingMessage,
      ];
      let received = 0;
      response.on("data", (chunk: Buffer) => (received += chunk.length));
      // Longer than the timeout, twice: that is what the client does, and nothing can be awaited meanwhile.
      for (let round = 0; round < 2; round += 1) {
        response.pause();
        await sleep(TIMEOUT_SECONDS * 1500);
        response.resume();
        await once(response, "data");
      }
      await once(response, "end");
      assert.equal(received, size);
      assert.deepEqual(
        server.log().filter(({ level, msg }) => level === "error" && msg?.includes(path)),
        [],
      );
    });
  });

  test("workers that hang in close() delay no client, even before their timeout", async () => {
    const own = await startHangs(["--workers", "3", "--timeout", "60"]);
    try {
      const busy: number[] = [];
      for (const view of ["close", "hash-close"]) {
        const { status, seconds, worker } = await get(own, `/${view}?60`);
        assert.equal(status, 200);
        assert.ok(seconds < 30, `answered after ${seconds} s`);
        busy.push(worker);
      }
      assert.equal(new Set(busy).size, 2);
      for (let count = 0; count < 40; count += 1) {
        const { status, seconds, worker } = await get(own, "/pid");
        assert.equal(status, 200);
        assert.ok(!busy.includes(worker));
        assert.ok(seconds < 30, `a request waited ${seconds} s`);
      }
    } finally {
      await kill(own);
    }
  });

  test("waiting for the previous request's close() does not count towards a request's timeout", async () => {
    await hangs(["--workers", "1", "--timeout", "60", "--timeout", "/sleep=0.9"], async (own) => {
      await get(own, "/close?0.8");
      assert.equal((await get(own, "/sleep?0.2")).status, 200);
      await endsInTime(0.8 + 0.9, async () => {
        await get(own, "/close?0.8");
        assert.equal((await get(own, "/sleep?60")).status, 504);
      });
    });
  });

  test("time during which the server itself is held up counts towards no timeout", async () => {
    await hangs(["--workers", "2", "--timeout", "2"], async (own) => {
      const answers = ["/sleep?1", "/pid", "/sleep?1"].map((path) => get(own, path));
      await untilRequests(own, { running: 2 });
      process.kill(own.front, "SIGSTOP");
      // Longer than the timeout: a process that is stopped tells nothing.
      await sleep(2500);
      process.kill(own.front, "SIGCONT");
      assert.deepEqual(
        (await Promise.all(answers)).map(({ status }) => status),
        [200, 200, 200],
      );
    });
  });
});
