import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { barrier } from "../../testing/barrier.ts";
import { type Listening, listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";
import { raw } from "../../testing/socket.ts";
import { told } from "../../testing/told.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
const basic = getPythonApplication("gated", options);
const answers = getPythonApplication("answers", options);
const impatient = getPythonApplication("basic", { ...options, timeout: 1 });
let basicServer: Listening;
let answersServer: Listening;
before(async () => {
  basicServer = await listen(basic.handler);
  answersServer = await listen(answers.handler);
});
after(async () => {
  await Promise.all([basicServer.close(), answersServer.close()]);
  await Promise.all([basic.close(), answers.close(), impatient.close()]);
});

test("a server of node:http answers with what Python says", async () => {
  const response = await fetch(`${basicServer.url}/`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), "14");
  assert.equal(await response.text(), "Hello, world!\n");
});

test("at the root SCRIPT_NAME is empty and the path is complete", async () => {
  const seen = (await (await fetch(`${basicServer.url}/environ/a%20b?x=1`)).json()) as Record<
    string,
    string
  >;
  assert.equal(seen.SCRIPT_NAME, "");
  assert.equal(seen.PATH_INFO, "/environ/a b");
  assert.equal(seen.REQUEST_URI, "/environ/a%20b?x=1");
  assert.equal(seen.SERVER_PORT, String(basicServer.port));
  assert.equal(seen.REMOTE_ADDR, "127.0.0.1");
});

test("repeated headers stay repeated, and a redirect is passed on", async () => {
  const { headers } = await fetch(`${answersServer.url}/cookies`);
  assert.equal(headers.getSetCookie().length, 2);
  const response = await fetch(`${answersServer.url}/redirect`, { redirect: "manual" });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), "/hello");
});

test("a large body arrives intact in both directions", async () => {
  const body = Buffer.alloc(5_000_000, "0123456789");
  const response = await fetch(`${basicServer.url}/echo`, { method: "POST", body });
  const hash = createHash("sha256").update(body).digest("hex");
  assert.equal(response.headers.get("x-hash"), hash);
  assert.ok(body.equals(Buffer.from(await response.arrayBuffer())));
});

test("chunks are sent when Python yields them", async () => {
  const { path: held, open } = barrier();
  const client = await raw(basicServer.port);
  client.write(`GET /halfway?${held} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.receives("in front");
  open();
  await client.receives("behind");
  client.destroy();
});

test("a client that leaves closes the iterator in Python", async () => {
  const { query, closed } = told(1000, 0.02);
  const client = await raw(answersServer.port);
  client.write(`GET /told?${query} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.receives("xxx");
  client.destroy();
  await closed();
});

test("a worker that dies gives a 502, a view that takes too long a 504", async (t) => {
  const died = await fetch(`${basicServer.url}/die`);
  assert.equal(died.status, 502);
  assert.match(await died.text(), /^502 Bad Gateway\nQUINTET_WORKER_DIED, request /);
  const own = await listen(impatient.handler);
  t.after(() => own.close());
  const hung = await fetch(`${own.url}/sleep?60`);
  assert.equal(hung.status, 504);
  assert.match(await hung.text(), /^504 Gateway Timeout\nQUINTET_TIMEOUT, request /);
});

test("pipelined requests are answered in order, also when the server answers some of them itself", async () => {
  const own = await listen((request, response) => {
    if (request.url === "/own") setTimeout(() => response.end("own"), 100);
    else basic.handler(request, response);
  });
  const client = await raw(own.port);
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  client.write(get("/"));
  await client.receives("Hello");
  client.write(get("/own") + get("/stream?2,0.05") + get("/own") + get("/sleep?0.05"));
  const text = await client.receives("slept");
  const found = [...text.matchAll(/own|chunk 0|chunk 1|slept/g)].map(([word]) => word);
  assert.deepEqual(found, ["own", "chunk 0", "chunk 1", "own", "slept"]);
  client.destroy();
  await own.close();
});

test("headers that a server has set before stay, and its cookies are not lost", async () => {
  const own = await listen((request, response) => {
    response.setHeader("X-Own", "here");
    response.setHeader("Content-Type", "own/type");
    response.setHeader("Set-Cookie", ["own=1", "own2=2"]);
    answers.handler(request, response);
  });
  const { headers } = await fetch(`${own.url}/cookies`);
  assert.equal(headers.get("x-own"), "here");
  assert.equal(headers.get("content-type"), "text/plain");
  assert.deepEqual(
    headers.getSetCookie().map((cookie) => cookie.split(";")[0]),
    ["own=1", "own2=2", "a=1", "b=2"],
  );
  await own.close();
});

test("a response that the server answers or ends by itself meanwhile is left alone", async (t) => {
  const slow = barrier();
  const seen = Promise.withResolvers<void>();
  const own = await listen((request, response) => {
    const isTold = request.url?.startsWith("/told");
    if (request.url?.startsWith("/gate"))
      void slow.untilReached().then(() => response.writeHead(503).end("too slow"));
    if (isTold) void seen.promise.then(() => response.end("enough"));
    (isTold ? answers : basic).handler(request, response);
  });
  t.after(() => own.close());
  const client = await raw(own.port);
  t.after(() => client.destroy());
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  client.write(get(`/gate?${slow.path}`));
  await client.receives("too slow");
  slow.open();
  const { query, closed } = told(1000, 0.02);
  client.write(get(`/told?${query}`));
  await client.receives("xxx");
  seen.resolve();
  await client.receives("enough");
  await closed();
  client.write(get("/none") + get("/stream?2,0.05"));
  assert.match(await client.receives("chunk 1"), /no such view\n/);
});
