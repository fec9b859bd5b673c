import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { PATIENCE } from "../../../testing/wait.ts";

let server: Running;
before(async () => {
  server = await start("basic", { args: ["--workers", "1"] });
});
after(async () => {
  await server.stop();
});

test("one connection carries many requests, each after the response to the previous one", async () => {
  const connection = await raw(server.port);
  for (let count = 1; count <= 50; count += 1) {
    connection.write(`GET /hello HTTP/1.1\r\nHost: a\r\nX-Count: ${count}\r\n\r\n`);
    await connection.receives((text) => parseResponses(text).length === count);
  }
  for (const response of parseResponses(connection.received())) {
    assert.equal(response.status, 200);
    assert.equal(response.body, "Hello, world!\n");
    assert.equal(response.headers["connection"], "keep-alive");
  }
  connection.destroy();
});

test("GET and POST take turns on one connection, and no body leaks into the next request", async () => {
  const connection = await raw(server.port);
  for (let count = 1; count <= 10; count += 1) {
    const body = `body ${count}`;
    connection.write(
      `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await connection.receives((text) => parseResponses(text).length === 2 * count - 1);
    connection.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    await connection.receives((text) => parseResponses(text).length === 2 * count);
  }
  const bodies = parseResponses(connection.received()).map((each) => each.body);
  assert.deepEqual(bodies.slice(-2), ["body 10", "Hello, world!\n"]);
  connection.destroy();
});

test("a request that says Connection: close is the last of its connection", async () => {
  const connection = await raw(server.port);
  connection.write("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const { how, text } = await connection.closed();
  assert.equal(how, "end");
  assert.equal(parseResponses(text)[0]?.headers["connection"], "close");
});

test("HTTP/1.0: the end of the connection ends the answer", async () => {
  const connection = await raw(server.port);
  connection.write("GET /hello HTTP/1.0\r\n\r\n");
  const { how, text } = await connection.closed();
  assert.equal(how, "end");
  assert.match(text, /^HTTP\/1\.[01] 200 OK\r\n/);
  assert.match(text, /\r\n\r\nHello, world!\n$/);
});

test("HTTP/1.0 with keep-alive keeps the connection for an answer of known length", async () => {
  const connection = await raw(server.port);
  for (let count = 1; count <= 3; count += 1) {
    connection.write("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    await connection.receives((text) => parseResponses(text).length === count);
  }
  connection.destroy();
});

test("HTTP/1.0: a stream of unknown length is not chunked, and ends with the connection", async () => {
  const connection = await raw(server.port);
  connection.write("GET /stream?3,0 HTTP/1.0\r\n\r\n");
  const { how, text } = await connection.closed();
  assert.equal(how, "end");
  assert.doesNotMatch(text, /transfer-encoding/i);
  assert.match(text, /\r\n\r\nchunk 0\nchunk 1\nchunk 2\n$/);
});

test("HTTP/1.1 without Host is refused, and so are two of them", async () => {
  for (const hosts of ["", "Host: a\r\nHost: b\r\n"]) {
    const connection = await raw(server.port);
    connection.write(`GET /hello HTTP/1.1\r\n${hosts}\r\n`);
    assert.match(await connection.receives("\r\n\r\n"), /^HTTP\/1\.1 400 /);
    connection.destroy();
  }
});

test("an offer to upgrade to an unknown protocol is ignored", async () => {
  const connection = await raw(server.port);
  const offer =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
  connection.write(`GET /hello HTTP/1.1\r\nHost: a\r\n${offer}\r\n`);
  const text = await connection.receives("Hello, world!");
  assert.match(text, /^HTTP\/1\.1 200 OK/);
  connection.destroy();
});

test("--keep-alive 0 closes each connection after its answer", async (t) => {
  const own = await serve(t, "basic", { args: ["--keep-alive", "0"] });
  const connection = await raw(own.port);
  connection.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const { how, text } = await connection.closed();
  assert.equal(how, "end");
  assert.equal(parseResponses(text)[0]?.headers["connection"], "close");
});

test("--keep-alive says how long an idle connection is kept", async (t) => {
  const own = await serve(t, "basic", { args: ["--keep-alive", "1"] });
  const connection = await raw(own.port);
  const began = performance.now();
  connection.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  await connection.receives("Hello");
  await connection.closed();
  const took = performance.now() - began;
  // The default is 75 seconds.
  assert.ok(took >= 1000 && took < PATIENCE, `${took} ms`);
});
