import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { get, hangs, replaced, TIMEOUT } from "../../testing/hangs.ts";
import { raw } from "../../testing/socket.ts";

for (const [path, name] of [
  ["/sleep?20", "asleep_in_the_view"],
  ["/hash?20", "hash_for"],
  ["/c-sleep?20", "asleep_in_c"],
] as const) {
  test(`a view that hangs (${name}) gets 504 in time, its stack is logged, its worker is replaced`, async () => {
    await hangs(["--workers", "2"], async (server) => {
      const { status, text, seconds } = await get(server, path);
      assert.equal(status, 504);
      assert.match(text, /QUINTET_TIMEOUT/);
      assert.ok(Math.abs(seconds - TIMEOUT) <= 0.25, `504 after ${seconds} s`);
      const line = await server.logged(({ msg }) =>
        Boolean(msg?.includes(`hung for 1 s in GET ${path}`)),
      );
      assert.match(line.detail as string, new RegExp(`in ${name}\\b`));
      assert.ok(text.includes(line.request as string));
      const why = `GET ${path}: QUINTET_TIMEOUT: no answer within 1 s`;
      assert.ok(server.log().some(({ msg }) => msg === why));
      await replaced(server, line.worker as number);
      assert.equal((await get(server, "/pid")).status, 200);
    });
  });
}

test("all workers hang at once: who waits is served by the ones that replace them", async () => {
  await hangs(["--workers", "2"], async (server) => {
    const old = server.workers();
    const hung = [get(server, "/sleep?20"), get(server, "/hash?20")];
    await sleep(100);
    const waiting = Array.from({ length: 10 }, () => get(server, "/pid"));
    for (const { status, seconds } of await Promise.all(hung)) {
      assert.equal(status, 504);
      assert.ok(Math.abs(seconds - TIMEOUT) <= 0.25, `504 after ${seconds} s`);
    }
    for (const { status, seconds } of await Promise.all(waiting)) {
      assert.equal(status, 200);
      assert.ok(seconds < TIMEOUT + 1, `served after ${seconds} s`);
    }
    for (const each of old) await replaced(server, each);
  });
});

for (const view of ["close", "hash-close"]) {
  test(`a ${view} that hangs costs nobody anything but its worker`, async () => {
    await hangs(["--workers", "2"], async (server) => {
      const first = await get(server, `/${view}?20`);
      assert.equal(first.status, 200);
      assert.ok(first.seconds < 0.5);
      for (let count = 0; count < 40; count += 1) {
        const { status, seconds } = await get(server, "/pid");
        assert.equal(status, 200);
        assert.ok(seconds < 0.3, `a request waited ${seconds} s`);
      }
      const fits = /hung for 1 s in what follows a response/;
      const line = await server.logged(({ msg }) => fits.test(msg ?? ""));
      assert.equal(line.worker, Number(first.text));
      assert.match(line.detail as string, /in close\b/);
      await replaced(server, line.worker as number);
      assert.equal((await get(server, "/pid")).status, 200);
    });
  });
}

test("what a request waits for the close() of the one before it is not counted", async () => {
  await hangs(["--workers", "1"], async (server) => {
    await get(server, "/close?0.7");
    assert.equal((await get(server, "/sleep?0.6")).status, 200);
    await get(server, "/close?0.7");
    const { status, seconds } = await get(server, "/sleep?20");
    assert.equal(status, 504);
    assert.ok(Math.abs(seconds - 0.7 - TIMEOUT) <= 0.25, `504 after ${seconds} s`);
  });
});

for (const [version, how] of [
  ["1.1", "end"],
  ["1.0", "ECONNRESET"],
] as const) {
  test(`a stream that stalls is cut, and an HTTP/${version} client sees that it is not whole`, async () => {
    await hangs(["--workers", "2"], async (server) => {
      const client = await raw(server.port);
      client.write(`GET /stream?20 HTTP/${version}\r\nHost: a\r\n\r\n`);
      await client.receives("first\n");
      const began = performance.now();
      const seen = await client.closed();
      const seconds = (performance.now() - began) / 1000;
      assert.ok(Math.abs(seconds - TIMEOUT) <= 0.25, `cut after ${seconds} s`);
      assert.equal(seen.how, how);
      assert.doesNotMatch(seen.text, /last|\r\n0\r\n\r\n$/);
      const line = await server.logged(({ msg }) =>
        Boolean(msg?.includes("hung for 1 s in GET /stream")),
      );
      assert.match(line.detail as string, /in stalling_stream\b/);
      await replaced(server, line.worker as number);
      await server.logged(({ access }) => /nothing more came for 1 s/.test(access?.cut ?? ""));
      await server.logged(
        ({ code, msg }) => code === "QUINTET_TIMEOUT" && /response cut short/.test(msg ?? ""),
      );
    });
  });
}

test("a client that reads slowly is given the time it takes", async () => {
  await hangs(["--workers", "2"], async (server) => {
    const size = 40_000_000;
    const [response] = (await once(request(`${server.url}/large?${size}`).end(), "response")) as [
      IncomingMessage,
    ];
    let received = 0;
    response.on("data", (chunk: Buffer) => (received += chunk.length));
    for (let round = 0; round < 3; round += 1) {
      response.pause();
      await sleep(TIMEOUT * 1500);
      response.resume();
      await sleep(5);
    }
    await once(response, "end");
    assert.equal(received, size);
    assert.deepEqual(
      server.log().filter(({ level }) => level === "error"),
      [],
    );
  });
});

test("time in which the server itself is held up is nobody's timeout", async () => {
  await hangs(["--workers", "2"], async (server) => {
    const answers = ["/sleep?0.3", "/pid", "/sleep?0.3"].map((path) => get(server, path));
    await sleep(100);
    process.kill(server.front, "SIGSTOP");
    await sleep(TIMEOUT * 2000);
    process.kill(server.front, "SIGCONT");
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [200, 200, 200],
    );
  });
});
