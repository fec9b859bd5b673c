import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { site } from "../../../testing/paths.ts";
import { seenByFront } from "../../../testing/seen.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

let server: Running;
before(async () => {
  server = await start("basic", { args: ["--workers", "1"] });
});
after(async () => {
  await server.stop();
});

/** Sends these packets, closes our side if wanted, and reads everything. */
async function statuses(packets: string[], methods: string[], half = false): Promise<number[]> {
  const connection = await raw(server.port);
  for (const [index, packet] of packets.entries()) {
    if (index > 0) await seenByFront(server);
    connection.write(Buffer.from(packet, "latin1"));
  }
  if (half) connection.socket.end();
  const { text } = await connection.closed();
  return parseResponses(text, methods).map(({ status }) => status);
}

const GET = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKED = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

test("a body that is malformed does not cost the answers to the requests before it", async () => {
  const bytes = `${GET}${GET}${CHUNKED}5\r\nhello\r\nZ\r\n\r\n`;
  assert.deepEqual(await statuses([bytes], []), [200, 200, 400]);
  assert.deepEqual(await statuses([GET, GET, bytes.slice(2 * GET.length)], []), [200, 200, 400]);
});

test("a client that has closed its half still gets the 400 for malformed input", async () => {
  assert.deepEqual(await statuses([`${GET}this is no HTTP\r\n\r\n`], [], true), [200, 400]);
  // It may be the beginning of a method. Only the end of the connection shows that it is not.
  assert.deepEqual(await statuses([`${GET}y`], [], true), [200, 400]);
  assert.deepEqual(await statuses([GET, "y"], [], true), [200, 400]);
});

test("HEAD is refused before its body is complete", async () => {
  const head =
    "HEAD /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n";
  assert.deepEqual(await statuses([head, "Z\r\n"], ["HEAD"]), [400]);
});

test("the length of a refusal is that of its bytes", async () => {
  const connection = await raw(server.port);
  connection.write(Buffer.from("GET /hello HTTP/1.1\r\nHost: \xe9\r\n\r\n", "latin1"));
  const { text } = await connection.closed();
  const [head = "", body = ""] = text.split("\r\n\r\n");
  assert.match(head, /^HTTP\/1\.1 400 /);
  assert.match(head, new RegExp(`^Content-Length: ${body.length}\r?$`, "m"));
});

test("a request that has its answer gets no other for its body", async (t) => {
  const own = await serve(t, "basic", { args: ["--liveness-path", "/livez"] });
  const folder = folderWith({ "static/a.txt": "text" });
  const files = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: folder } });
  const head = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
  for (const [{ port }, path] of [
    [own, "/livez"],
    [files, "/static/a.txt"],
  ] as const) {
    const connection = await raw(port);
    connection.write(head(path));
    const first = await connection.receives(/\r\n\r\n(ok|text)/);
    connection.write(`Z\r\n\r\n${GET}`);
    const { text } = await connection.closed();
    assert.equal(text, first);
  }
  const connection = await raw(own.port);
  connection.write(`${head("/livez")}Z\r\n\r\n${GET}`);
  assert.equal(parseResponses((await connection.closed()).text).length, 1);
});
