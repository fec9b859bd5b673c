import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { barrier } from "../../../testing/barrier.ts";
import { parseResponses } from "../../../testing/http.ts";
import { site } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { requestsOf, untilRequests } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";

let server: Running;
before(async () => {
  const files = { "static/a.txt": "file a", "media/b.txt": "file b" };
  const env = { SITE_ROOT: folderWith(files) };
  server = await start("tiny.wsgi", { args: ["--workers", "2"], env, cwd: site });
});
after(async () => {
  await server.stop();
});

/** Sends all of it at once, and waits for that many responses. */
async function pipeline(requests: string[]): Promise<{ bodies: string[]; statuses: number[] }> {
  const connection = await raw(server.port);
  connection.write(requests.join(""));
  const methods = requests.map((each) => each.split(" ")[0] as string);
  const complete = (text: string): boolean =>
    parseResponses(text, methods).length === requests.length;
  const responses = parseResponses(await connection.receives(complete), methods);
  connection.destroy();
  return {
    bodies: responses.map((each) => each.body),
    statuses: responses.map((each) => each.status),
  };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n` +
  `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

test("the response to a slow request is sent before that to a fast one pipelined after it", async () => {
  const { bodies } = await pipeline([get("/sleep/0.5"), get("/path/fast")]);
  assert.deepEqual(bodies, ["slept 0.5", "/path/fast"]);
});

test("twenty pipelined requests are answered in order", async () => {
  const paths = Array.from({ length: 20 }, (_, index) => `/path/${index}`);
  assert.deepEqual((await pipeline(paths.map(get))).bodies, paths);
});

test("pipelined bodies reach the requests they belong to", async () => {
  const big = "x".repeat(300_000);
  const { bodies } = await pipeline([
    post("/echo", "one"),
    chunked("/echo", "two"),
    post("/echo", ""),
    post("/echo", big),
    get("/path/end"),
    chunked("/echo", "three"),
  ]);
  assert.deepEqual(bodies, ["one", "two", "", big, "/path/end", "three"]);
});

test("files and pages keep their order", async () => {
  const { bodies, statuses } = await pipeline([
    get("/static/a.txt"),
    get("/path/1"),
    get("/media/b.txt"),
    get("/static/missing.txt"),
    get("/sleep/0.2"),
    get("/static/a.txt"),
    "HEAD /static/a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n",
    get("/path/2"),
  ]);
  assert.deepEqual(statuses, [200, 200, 200, 404, 200, 200, 200, 200]);
  bodies[3] = "";
  assert.deepEqual(bodies, [
    "file a",
    "/path/1",
    "file b",
    "",
    "slept 0.2",
    "file a",
    "",
    "/path/2",
  ]);
});

test("a stream is complete before the next response begins", async () => {
  const { bodies } = await pipeline([get("/stream"), get("/path/after")]);
  assert.deepEqual(bodies, ["first\nsecond\n", "/path/after"]);
});

test("requests that are pipelined after the last one of a connection are not run", async () => {
  const connection = await raw(server.port);
  connection.write(
    "GET /path/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" + get("/path/never"),
  );
  const { text } = await connection.closed();
  assert.deepEqual(
    parseResponses(text).map((each) => each.body),
    ["/path/last"],
  );
  await untilRequests(server, { running: 0, waiting: 0 });
  // Log lines are in order: after this one no earlier one comes.
  await fetch(`${server.url}/path/afterwards`);
  await server.logged((line) => line.access?.path === "/path/afterwards");
  assert.ok(!server.log().some((line) => line.access?.path === "/path/never"));
});

test("malformed input gets its 400 after the responses to earlier requests", async () => {
  const connection = await raw(server.port);
  connection.write(`${get("/sleep/0.2")}${get("/path/2")}this is no HTTP\r\n\r\n`);
  const { text } = await connection.closed();
  const responses = parseResponses(text);
  assert.deepEqual(
    responses.map((each) => each.status),
    [200, 200, 400],
  );
  assert.equal(responses[1]?.body, "/path/2");
  await server.logged((line) => line.msg?.startsWith("127.0.0.1: 400 Bad Request: ") === true);
});

test("a malformed body gets 400, and its request is not run", async () => {
  const connection = await raw(server.port);
  connection.write(
    "POST /path/bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  );
  const { text } = await connection.closed();
  assert.deepEqual(
    parseResponses(text).map((each) => each.status),
    [400],
  );
  assert.ok(
    !server.log().some((line) => line.access?.path === "/path/bad" && line.access.status === 200),
  );
});

test("a head that is too large gets 431", async () => {
  const connection = await raw(server.port);
  connection.write(`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${"c".repeat(70_000)}\r\n\r\n`);
  const { text } = await connection.closed();
  assert.match(text, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
});

test("a pipelined request begins only when the one before it is answered, also with workers to spare", async (t) => {
  const own = await serve(t, "held", { args: ["--workers", "2"] });
  const [first, second] = [barrier(), barrier()];
  const connection = await raw(own.port);
  for (const { path } of [first, second])
    connection.write(`GET /wait?${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await first.untilReached();
  // The front has read both, and a free worker answers others.
  assert.equal((await fetch(`${own.url}/pid`)).status, 200);
  assert.deepEqual(await requestsOf(own), { running: 1, waiting: 0 });
  assert.deepEqual(second.reached(), []);
  first.open();
  await second.untilReached();
  second.open();
  await connection.receives((text) => parseResponses(text).length === 2);
  connection.destroy();
});
