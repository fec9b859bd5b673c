import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses, type RawResponse } from "../../../testing/http.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { steps } from "../../../testing/steps.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

let server: Running;
before(async () => {
  server = await start("responses", { args: ["--workers", "1"] });
});
after(async () => {
  await server.stop();
});

/** Sends one request on a connection of its own. A second one then proves that the connection is still in order. */
async function get(target: string, method = "GET"): Promise<RawResponse> {
  const connection = await raw(server.port);
  connection.write(`${method} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  connection.write("GET /list?next HTTP/1.1\r\nHost: a\r\n\r\n");
  const methods = [method, "GET"];
  const whole = (text: string): boolean => parseResponses(text, methods).length === 2;
  const [first, second] = parseResponses(await connection.receives(whole), methods);
  assert.equal(second?.body, "next");
  connection.destroy();
  return first as RawResponse;
}

test("a list of one gets its Content-Length, and so does an empty one", async () => {
  for (const [target, body] of [
    ["/list?hello", "hello"],
    ["/list?a,b,,c", "abc"],
    ["/tuple", "in a tuple"],
    ["/list", ""],
  ] as const) {
    const response = await get(target);
    assert.equal(response.body, body);
    assert.equal(response.headers["content-length"], String(body.length));
    assert.ok(!("transfer-encoding" in response.headers));
  }
});

test("a body in pieces is chunked", async () => {
  for (const [target, body] of [
    ["/iterator", "one two"],
    ["/lazy", "lazy"],
    ["/writer", "written, twice, returned"],
  ] as const) {
    const response = await get(target);
    assert.equal(response.body, body);
    assert.equal(response.headers["transfer-encoding"], "chunked");
    assert.ok(!("content-length" in response.headers));
  }
});

test("what a view yields, or passes to write(), is sent before the view continues", async (t) => {
  for (const view of ["/stream?0", "/write"]) {
    // It continues only when the test says so.
    const { cwd, go } = steps();
    const own = await serve(t, "steps", { cwd });
    const connection = await raw(own.port);
    go("first");
    connection.write(`GET ${view} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await connection.receives("first ");
    assert.ok(!connection.received().includes("second"));
    go("second");
    await connection.receives("second ");
    assert.ok(!connection.received().includes("third"));
    go("third");
    await connection.receives("third");
    await connection.receives("\r\n0\r\n\r\n");
    connection.destroy();
  }
});

test("HEAD has the head of GET and no body, however the view answers", async () => {
  const short = await get("/list?hello", "HEAD");
  assert.equal(short.body, "");
  for (const target of ["/iterator", "/writer", "/length?5,5", "/flush?3,0,100000"]) {
    const response = await get(target, "HEAD");
    assert.equal(response.status, 200, target);
    assert.equal(response.body, "");
    assert.equal(response.headers["content-type"], "text/plain");
  }
  assert.equal((await get("/length?5,5", "HEAD")).headers["content-length"], "5");
});

test("204 and 304 have no body, even if the application sends one", async () => {
  for (const status of ["204%20No%20Content", "304%20Not%20Modified"]) {
    const empty = await get(`/status?${status}`);
    assert.equal(empty.status, Number(status.slice(0, 3)));
    assert.equal(empty.headers["x-kept"], "yes");
    assert.ok(!("transfer-encoding" in empty.headers));
    assert.equal((await get(`/status_body?${status}`)).status, Number(status.slice(0, 3)));
  }
});

test("an unusual status and its words reach the client", async () => {
  assert.match((await get("/status?299%20Made%20up")).line, /^HTTP\/1\.1 299 Made up$/);
  assert.match((await get("/latin")).line, /^HTTP\/1\.1 200 Sch\xf6n$/);
  assert.equal((await get("/latin")).headers["x-name"], "J\xfcrgen");
});

test("headers are sent as the application gave them, cookies each on its own line", async () => {
  const connection = await raw(server.port);
  connection.write("GET /cookies HTTP/1.1\r\nHost: a\r\n\r\n");
  const text = await connection.receives("cookies");
  assert.match(text, /\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: mine\r\n/);
  assert.equal(text.match(/\r\nServer:/g)?.length, 1);
  assert.equal(text.match(/\r\nDate:/g)?.length, 1);
  connection.destroy();
});

test("a body that is longer than its Content-Length is cut, and the log says so", async () => {
  for (const view of ["length", "length_pieces"]) {
    assert.equal((await get(`/${view}?3,8`)).body, "xxx");
  }
  await server.logged((line) => /longer than its Content-Length of 3/.test(line.msg ?? ""));
});

test("a body that is shorter than its Content-Length is cut short, and the log says so", async () => {
  for (const view of ["length", "length_pieces"]) {
    const connection = await raw(server.port);
    connection.write(`GET /${view}?8,3 HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { text } = await connection.closed();
    assert.match(text, /content-length: 8\r\n/i);
    assert.equal(parseResponses(text).length, 0);
    await server.logged(
      (line) => line.access?.path === `/${view}?8,3` && line.access.cut !== undefined,
    );
  }
  await server.logged((line) =>
    /ended after 3 bytes; its Content-Length is 8/.test(line.msg ?? ""),
  );
});

test("a client that leaves in mid-stream stops the iterator, and close() is called", async () => {
  const marker = join(folderWith(), "closed");
  const connection = await raw(server.port);
  connection.write(`GET /closing?${marker} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await connection.receives("tick");
  assert.ok(!existsSync(marker));
  connection.destroy();
  await until(() => existsSync(marker), "close() was called");
  // The worker runs one request at a time, so a second call would have come before this.
  assert.equal((await get("/list?free")).body, "free");
  assert.equal(readFileSync(marker, "utf8"), "closed\n");
});
