import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { barrier } from "../../testing/barrier.ts";
import { apps } from "../../testing/paths.ts";
import { type Running, start } from "../../testing/server.ts";
import { raw } from "../../testing/socket.ts";

let server: Running;
before(async () => {
  server = await start(join(apps, "ts", "gated.ts"));
});
after(() => server.stop());

const get = async (path: string): Promise<string> => (await fetch(server.url + path)).text();

test("a TypeScript application is served by Node workers, and no Python is started", async () => {
  assert.equal(await get("/"), "Hello from TypeScript!\n");
  assert.ok(!server.log().some((line) => line.msg?.includes("Python")));
});

test("its environ has everything that PEP 3333 requires", async () => {
  const response = await fetch(`${server.url}/environ/%E2%82%AC?a=%20b`, {
    headers: { "X-One": "1" },
  });
  const environ = (await response.json()) as Record<string, unknown>;
  assert.equal(environ.REQUEST_METHOD, "GET");
  assert.equal(environ.PATH_INFO, "/environ/\u00e2\u0082\u00ac");
  assert.equal(environ.QUERY_STRING, "a=%20b");
  assert.equal(environ.HTTP_X_ONE, "1");
  assert.equal(environ.SCRIPT_NAME, "");
  assert.deepEqual(environ["wsgi.version"], [1, 0]);
  assert.equal(environ["wsgi.url_scheme"], "http");
  assert.equal(environ["wsgi.multithread"], false);
  assert.equal(environ["wsgi.multiprocess"], true);
});

test("it reads request bodies synchronously, small ones and those in a file", async () => {
  for (const size of [0, 10, 3_000_000]) {
    const body = Buffer.alloc(size, "abc");
    const response = await fetch(`${server.url}/echo`, { method: "POST", body });
    assert.equal(response.headers.get("x-length"), String(size));
    const hash = createHash("sha256").update(body).digest("hex");
    assert.equal(response.headers.get("x-hash"), hash);
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(body));
  }
});

test("wsgi.input reads lines, some bytes and the rest, and nothing past its end", async () => {
  const response = await fetch(`${server.url}/lines`, { method: "POST", body: "one\ntwo\nthree" });
  assert.deepEqual(await response.json(), ["one\n", "two", "\n", "three", 0]);
});

test("an async iterable is seen chunk by chunk", async () => {
  const { path: held, open } = barrier();
  const chunks: string[] = [];
  const response = await fetch(`${server.url}/halfway?${held}`);
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    chunks.push(Buffer.from(chunk).toString());
    // Without the first chunk here there is no second one there.
    open();
  }
  assert.deepEqual(chunks, ["in front\n", "behind\n"]);
});

test("generators and write() send their data in order", async () => {
  assert.equal(await get("/generator"), "one\ntwo\n");
  assert.equal(await get("/write"), "written\nreturned\n");
});

test("status, reason and repeated headers arrive as they were given", async () => {
  const client = await raw(server.port);
  client.write("GET /repeated HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const { text } = await client.closed();
  assert.match(text, /^HTTP\/1\.1 299 Rather Fine\r\n/);
  assert.match(text, /Set-Cookie: a=1\r\nX-Latin: caf\u00e9\r\nSet-Cookie: b=2\r\n/);
  assert.match(text, /Content-Length: 2\r\n/);
});

test("excInfo replaces a head that was not sent", async () => {
  const response = await fetch(`${server.url}/replaced`);
  assert.equal(response.status, 500);
  assert.equal(response.headers.get("x-first"), null);
  assert.equal(response.headers.get("x-second"), "2");
});

test("an error gives 500 with its stack in the log, in mid-stream a truncated response", async () => {
  assert.equal((await fetch(`${server.url}/boom`)).status, 500);
  const line = await server.logged(({ detail }) => detail?.includes("RangeError: boom\n") === true);
  assert.ok(line.request && line.worker);
  const client = await raw(server.port);
  client.write("GET /boom-late HTTP/1.1\r\nHost: a\r\n\r\n");
  const { text } = await client.closed();
  assert.match(text, /begun/);
  assert.doesNotMatch(text, /\r\n0\r\n\r\n/);
});

test("headers that HTTP cannot carry are refused and named in the log", async () => {
  assert.equal((await fetch(`${server.url}/bad-header`)).status, 500);
  await server.logged(({ detail }) => /X-Split has a control character/.test(detail ?? ""));
  assert.equal((await fetch(`${server.url}/bad-body`)).status, 500);
  await server.logged(({ detail }) => /yielded a string, not bytes/.test(detail ?? ""));
});

test("a client that leaves ends the iterable, and close() is called", async () => {
  const client = await raw(server.port);
  client.write("GET /closing HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.receives("200 OK");
  client.destroy();
  await server.logged(({ msg }) => msg === "closed");
});

test("its output is logged with the worker's pid", async () => {
  await get("/print");
  const line = await server.logged(({ msg }) => msg === "printed to stdout");
  assert.ok(server.workers().includes(line.worker as number));
  await server.logged(({ msg }) => msg === "written to wsgi.errors");
});

test("a response of many megabytes is complete", async () => {
  const response = await fetch(`${server.url}/large?50000000`);
  assert.equal((await response.arrayBuffer()).byteLength, 50_000_000);
});
