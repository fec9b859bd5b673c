import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { apps } from "../../testing/paths.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running, start } from "../../testing/server.ts";
import { serve } from "../../testing/serve.ts";
import { raw } from "../../testing/socket.ts";
import { untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";

let server: Running;
before(async () => {
  server = await start(join(apps, "ts", "around.ts"), { args: ["--workers", "2"] });
});
after(() => server.stop());

test("middleware adds a header to what a Python application answers", async () => {
  const response = await fetch(`${server.url}/py/`);
  assert.equal(response.headers.get("x-around"), "TypeScript");
  assert.equal(await response.text(), "Hello, world!\n");
  const other = await fetch(`${server.url}/`);
  assert.equal(other.headers.get("x-around"), null);
});

test("a mounted application finds its path in SCRIPT_NAME", async () => {
  const response = await fetch(`${server.url}/py/environ/a%20b?c`);
  const environ = (await response.json()) as Record<string, string>;
  assert.equal(environ.SCRIPT_NAME, "/py");
  assert.equal(environ.PATH_INFO, "/environ/a b");
  assert.equal(environ.QUERY_STRING, "c");
});

test("bodies pass through, small ones and those in a file, sized and chunked", async () => {
  for (const size of [0, 100, 5_000_000]) {
    const body = Buffer.alloc(size, "xyz");
    const response = await fetch(`${server.url}/py/digest`, { method: "POST", body });
    const hash = createHash("sha256").update(body).digest("hex");
    assert.equal(await response.text(), `${size} ${hash}`);
  }
  const chunks = new Blob(["one", "two"]).stream();
  const request = { method: "POST", body: chunks, duplex: "half" } as RequestInit;
  const response = await fetch(`${server.url}/py/echo`, request);
  assert.equal(response.headers.get("x-content-length"), "6");
});

test("its stream arrives chunk by chunk, and a large response is complete", async () => {
  // It comes to its end in three hours.
  const client = await raw(server.port);
  client.write("GET /py/stream?100000,0.1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.receives(/chunk 0[^]*chunk 1[^]*chunk 2/);
  client.destroy();
  const large = await fetch(`${server.url}/py/large?30000000`);
  assert.equal((await large.arrayBuffer()).byteLength, 30_000_000);
});

test("the client is told what happened to the Python worker", async () => {
  const boom = await fetch(`${server.url}/py/boom`);
  assert.equal(boom.status, 500);
  assert.equal((await fetch(`${server.url}/py/die`)).status, 502);
  const client = await raw(server.port);
  client.write("GET /py/boom-late HTTP/1.1\r\nHost: a\r\n\r\n");
  const { text } = await client.closed();
  assert.doesNotMatch(text, /\r\n0\r\n\r\n/);
  assert.equal(await (await fetch(`${server.url}/py/`)).text(), "Hello, world!\n");
});

test("of a Python view that hangs the client gets 504, and its TypeScript worker is not taken for one that hangs", async (t) => {
  const args = ["--workers", "1", "--timeout", "1"];
  const own = await serve(t, join(apps, "ts", "around.ts"), { args });
  const workers = own.workers();
  assert.equal((await fetch(`${own.url}/py/sleep?90`)).status, 504);
  const hung = await own.logged(({ msg }) => msg?.startsWith("hung for") === true);
  await until(() => !isAlive(hung.worker as number), "the Python worker is ended");
  await own.stop();
  const all = own.log().filter(({ msg }) => msg?.startsWith("hung for"));
  assert.deepEqual(all, [hung]);
  assert.ok(workers.includes(hung.worker as number));
});

test("fetch of an application inside reaches the front's workers", async () => {
  const response = await fetch(`${server.url}/fetch`);
  assert.equal(await response.text(), "Hello, world!\n");
});

test("a client that leaves in mid-stream ends the Python application's iterable too", async () => {
  const client = await raw(server.port);
  client.write("GET /py/stream?100000,0.05 HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.receives("chunk 1");
  client.destroy();
  const line = await server.logged(({ access }) => access?.path === "/py/stream?100000,0.05");
  assert.equal(line.access?.status, 499);
  await untilRequests(server, { running: 0, waiting: 0 });
});
