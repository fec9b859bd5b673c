import assert from "node:assert/strict";
import { test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { edition } from "../../testing/edition.ts";
import { parseResponses } from "../../testing/http.ts";
import { Load } from "../../testing/load.ts";
import { isAlive, zygotesOf } from "../../testing/processes.ts";
import { requestsOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";

test("ten reloads under load lose nothing, for clients that never retry", async (t) => {
  const { server, write, reload } = await edition(t, "edition", {}, { args: ["--workers", "2"] });
  const seen = new Set<string>();
  const load = new Load(
    server.url,
    [
      { path: "/", count: 8 },
      { path: "/sleep?0.02", count: 4 },
      { path: "/stream?5,0.01", count: 2 },
      { path: "/", count: 2, fresh: true },
    ],
    (text) => seen.add(text.split(" ")[0] as string),
  );
  t.after(() => load.stop().catch(() => {})); // it may be over already
  for (let number = 2; number <= 11; number += 1) {
    // Of another length each time: Python compares a source's time in whole seconds, and its size.
    write("edition_now.py", `NUMBER = ${number}  # ${"x".repeat(number)}\n`);
    const { code, stderr } = await reload();
    assert.equal(code, 0, stderr);
    const before = load.answered;
    await until(() => load.answered >= before + 30, "it has answered some more");
    await until(() => seen.has(String(number)), "the new generation has answered");
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.equal(seen.size, 11, [...seen].join(" "));
});

test("connections stay open through a reload", async (t) => {
  const { server, write, reload } = await edition(t);
  const client = await raw(server.port);
  const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  client.write(get);
  await client.receives("1 none");
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await reload()).code, 0);
  client.write(get);
  await client.receives("2222 none");
  client.destroy();
});

test("the old workers finish running requests, waiting ones go to the new workers, and then the old ones end", async (t) => {
  const { server, write, reload } = await edition(t);
  const [old] = server.workers();
  const held = barrier();
  const stream = fetch(`${server.url}/held?${held.path}`).then((response) => response.text());
  await held.untilReached();
  // These wait behind it; there is one worker of one thread.
  const waiting = [1, 2, 3].map(() => fetch(server.url).then((response) => response.text()));
  await until(async () => {
    const { running, waiting: queued } = await requestsOf(server);
    return running + queued === 4;
  }, "they are there");
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await reload()).code, 0);
  assert.deepEqual(await Promise.all(waiting), ["2222 none", "2222 none", "2222 none"]);
  assert.ok(isAlive(old as number), "it still streams");
  held.open();
  assert.equal(await stream, "1 1 ");
  await until(() => !isAlive(old as number), "the old worker has ended");
  // The process that it was forked from ends after it.
  await until(() => server.workers().length === 1, "all of the old generation has ended");
});

test("requests that the old workers do not finish within gracefulTimeout are cut short", async (t) => {
  const { server, reload } = await edition(t, "edition", {}, { args: ["--graceful-timeout", "1"] });
  const [old] = server.workers();
  const client = await raw(server.port);
  client.write("GET /stream?600,0.1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.receives("1 ");
  assert.equal((await reload()).code, 0);
  const { text } = await client.closed();
  assert.deepEqual(parseResponses(text), []);
  await until(() => !isAlive(old as number), "the old worker has ended");
});

test("reloads that are asked for at once are one after the other, and none is forgotten", async (t) => {
  const { server, says, write, reload } = await edition(t);
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 1\n`);
  const first = reload();
  await held.untilReached();
  write("edition_now.py", "NUMBER = 2222\n");
  const asked = [reload(), reload()];
  const waits = "quintet reload: waits until the reload is over";
  await until(() => server.log().filter(({ msg }) => msg === waits).length === 2, "both wait");
  held.open();
  const others = await Promise.all(asked);
  assert.equal((await first).code, 0);
  for (const { code, stdout } of others) {
    assert.equal(code, 0);
    assert.match(stdout, /generation 3/, "both are served by the same one");
  }
  assert.equal(await says(), "2222 none");
});

test("a server that is stopped during a reload ends and leaves no process behind", async (t) => {
  const { server, write, reload } = await edition(t);
  write("edition_now.py", barrier().python);
  const asked = reload();
  await until(() => zygotesOf(server.front).length === 2, "the new generation boots");
  const all = [...server.workers(), ...zygotesOf(server.front)];
  assert.equal(await server.stop(), 0);
  assert.equal((await asked).code, 3);
  assert.deepEqual(all.filter(isAlive), []);
});

test("a request of the previous generation is finished even if the server is stopped meanwhile", async (t) => {
  const { server, reload } = await edition(t);
  const held = barrier();
  const answer = fetch(`${server.url}/wait?${held.path}`);
  await held.untilReached();
  assert.equal((await reload()).code, 0);
  server.child.kill("SIGTERM");
  await server.logged(({ msg }) => msg?.startsWith("SIGTERM: finishing 1 running") === true);
  held.open();
  assert.equal(await (await answer).text(), "1 none");
  assert.equal(await server.ended, 0);
});
