import assert from "node:assert/strict";
import { test } from "node:test";
import { measured } from "../../testing/control.ts";
import { serve } from "../../testing/serve.ts";
import { raw } from "../../testing/socket.ts";

/** More than Node's default listen backlog of 511. */
const MANY = 900;
/** Milliseconds after which the system tries once more to reach a server that held too many. */
const RETRY = 1000;

for (const args of [[], ["--backlog", "10"]]) {
  test(`while a front is stopped, the system holds many connections for it ${args.join(" ")}`, async (t) => {
    const server = await serve(t, "basic", { args });
    const { front } = server;
    process.kill(front, "SIGSTOP");
    let clients;
    try {
      const { took, allow, result } = await measured(() =>
        Promise.all(Array.from({ length: MANY }, () => raw(server.port))),
      );
      clients = result;
      assert.ok(took < allow(RETRY), `${took} ms until all were connected`);
    } finally {
      process.kill(front, "SIGCONT");
    }
    for (const client of clients) {
      client.write("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    for (const client of clients) {
      // With a small backlog of requests most are told that it is full: that is an answer, at once.
      assert.match((await client.closed()).text, /^HTTP\/1\.1 (200|503) /);
    }
  });
}
