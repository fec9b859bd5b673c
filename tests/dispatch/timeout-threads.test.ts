import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, hangs, replaced, TIMEOUT } from "../../testing/hangs.ts";

test("of a worker's four threads one hangs: only its request gets 504, the others finish", async () => {
  await hangs(["--workers", "2", "--threads", "4"], async (server) => {
    for (const path of ["/sleep?20", "/hash?20"]) {
      const hung = get(server, path);
      await sleep(TIMEOUT * 600);
      const others = await Promise.all(Array.from({ length: 7 }, () => get(server, "/sleep?0.8")));
      const { status, seconds } = await hung;
      assert.equal(status, 504);
      assert.ok(Math.abs(seconds - TIMEOUT) <= 0.25, `504 after ${seconds} s`);
      assert.deepEqual(
        others.map((each) => each.status),
        Array(7).fill(200),
      );
      const line = await server.logged(({ msg }) =>
        Boolean(msg?.includes(`hung for 1 s in GET ${path}`)),
      );
      assert.match(
        line.detail as string,
        path === "/sleep?20" ? /in asleep_in_the_view\b/ : /in hash_for\b/,
      );
      assert.ok(
        others.some(({ text }) => Number(text) === line.worker),
        "some ran beside it",
      );
      await replaced(server, line.worker as number);
    }
  });
});

test("all threads of a worker hang in close(): requests go elsewhere, and the worker is replaced", async () => {
  await hangs(["--workers", "2", "--threads", "4"], async (server) => {
    // A worker that has answered has nothing to do, as far as can be seen, and goes first.
    const pids = new Set<string>();
    for (let count = 0; count < 4; count += 1) pids.add((await get(server, "/close?20")).text);
    assert.equal(pids.size, 1);
    const [pid] = pids;
    for (let count = 0; count < 20; count += 1) {
      const { status, seconds, text } = await get(server, "/pid");
      assert.equal(status, 200);
      assert.notEqual(text, pid);
      assert.ok(seconds < 0.3, `a request waited ${seconds} s`);
    }
    const line = await server.logged(({ msg }) =>
      Boolean(msg?.includes("in what follows a response")),
    );
    assert.equal(line.worker, Number(pid));
    await replaced(server, line.worker as number);
  });
});

test("some threads of a worker hang in close(): requests wait for no thread while another worker is free", async () => {
  await hangs(["--workers", "2", "--threads", "2"], async (server) => {
    const { text: pid } = await get(server, "/close?20");
    // As far as can be seen each worker has a thread for one more.
    for (let round = 0; round < 5; round += 1) {
      const slow = [get(server, "/sleep?0.5"), get(server, "/sleep?0.5")];
      await sleep(20);
      const { status, seconds } = await get(server, "/pid");
      assert.equal(status, 200);
      assert.ok(seconds < 0.2, `a request waited ${seconds} s (${pid} hangs)`);
      for (const each of slow) assert.equal((await each).status, 200);
    }
  });
});
