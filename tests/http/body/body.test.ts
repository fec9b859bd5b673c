import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { openIn } from "../../../testing/open-files.ts";
import { seenByFront } from "../../../testing/seen.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const temporary = folderWith();
let server: Running;
before(async () => {
  const args = ["--workers", "2", "--body-memory", "64k", "--temp-dir", temporary];
  server = await start("basic", { args });
});
after(async () => {
  await server.stop();
});

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

/** Temporary files that a process holds open, with a name or without. */
const held = (pid: number): string[] => openIn(pid, temporary);

/** The files that have a name, without Node's compile cache. */
const bodies = (): string[] =>
  readdirSync(temporary).filter((name) => !name.startsWith("quintet-compiled-"));

test("bodies of every size around the limits arrive complete", async () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_001];
  for (const size of sizes) {
    const body = Buffer.alloc(size, "0123456789abcdefghijk");
    const response = await fetch(`${server.url}/echo`, { method: "POST", body });
    assert.equal(response.headers.get("x-content-length"), String(size));
    assert.equal(response.headers.get("x-hash"), sha256(body));
    assert.ok(body.equals(Buffer.from(await response.arrayBuffer())), `${size} bytes`);
  }
});

test("a request without a body has no CONTENT_LENGTH, and its input ends at once", async () => {
  const response = await fetch(`${server.url}/echo`);
  assert.equal(response.headers.get("x-content-length"), "none");
  assert.equal(response.headers.get("x-length"), "0");
});

test("a chunked body reaches the application with its CONTENT_LENGTH set", async () => {
  const connection = await raw(server.port);
  connection.write("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  connection.write("4;ext=1\r\nWiki\r\n5\r\npedia\r\n");
  await seenByFront(server);
  connection.write("0\r\nX-Trailer: gone\r\n\r\n");
  const text = await connection.receives((received) => parseResponses(received).length === 1);
  const [response] = parseResponses(text);
  assert.equal(response?.body, "Wikipedia");
  assert.equal(response?.headers["x-content-length"], "9");
  connection.destroy();
});

test("a chunked body that goes to a file is complete", async () => {
  const body = Buffer.alloc(3_000_000, "chunk ");
  const stream = new Blob([body]).stream();
  const options = { method: "POST", body: stream, duplex: "half" } as const;
  const response = await fetch(`${server.url}/digest`, options);
  assert.equal(await response.text(), `3000000 ${sha256(body)}`);
});

test("a body in a file has no name in --temp-dir, and nothing is left of it afterwards", async () => {
  const connection = await raw(server.port);
  connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  connection.write("x".repeat(150_000));
  await until(() => held(server.front).length === 1, "a temporary file");
  assert.deepEqual(bodies(), []);
  connection.write("x".repeat(50_000));
  await connection.receives(`200000 ${sha256("x".repeat(200_000))}`);
  await until(() => held(server.front).length === 0, "the temporary file is gone");
  // The server closes the file when the response is sent.
  const workers = server.workers();
  await until(() => workers.every((pid) => held(pid).length === 0), "no worker holds it");
  connection.destroy();
});

test("a front that is killed leaves nothing in --temp-dir", async () => {
  const args = ["--workers", "1", "--body-memory", "1k", "--temp-dir", temporary];
  const own = await start("basic", { args });
  const connection = await raw(own.port);
  connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  connection.write("x".repeat(150_000));
  await until(() => held(own.front).length === 1, "a temporary file");
  own.child.kill("SIGKILL");
  await own.ended;
  assert.deepEqual(bodies(), []);
  connection.destroy();
});

test("a client that leaves in mid-upload never reaches the application", async () => {
  for (const sent of [10, 150_000]) {
    const path = `/digest?left-after-${sent}`;
    const connection = await raw(server.port);
    connection.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n`);
    connection.write("x".repeat(sent));
    await seenByFront(server);
    // A body that is too long for the memory is in a file.
    await until(() => held(server.front).length === (sent > 65_536 ? 1 : 0), "it has come");
    connection.destroy();
    const line = await server.logged((each) => each.access?.path === path);
    assert.equal(line.access?.status, 499);
    assert.equal(line.access?.appMs, 0);
    assert.equal(line.access?.cut, "the client left");
  }
  await until(() => held(server.front).length === 0, "the temporary file is gone");
});

test("Expect: 100-continue is answered before the body is sent", async () => {
  const connection = await raw(server.port);
  const head =
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  connection.write(head);
  await connection.receives("HTTP/1.1 100 Continue\r\n\r\n");
  connection.write("hello");
  const text = await connection.receives("\r\n\r\nhello");
  assert.equal(parseResponses(text)[0]?.body, "hello");
  connection.destroy();
});

test("an unknown expectation is answered 417", async () => {
  const connection = await raw(server.port);
  connection.write(
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: wonders\r\n\r\nhello",
  );
  assert.match(await connection.receives("\r\n\r\n"), /^HTTP\/1\.1 417 /);
  connection.destroy();
});

test("a length with chunks, two lengths, and an invalid length are refused", async () => {
  for (const headers of [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 5, 5",
    "Content-Length: +5",
    "Content-Length: -1",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: chunked, identity",
  ]) {
    const connection = await raw(server.port);
    connection.write(`POST /echo HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\nhello`);
    const { text } = await connection.closed();
    assert.match(text, /^HTTP\/1\.1 400 /, headers);
  }
});

test("an upload for which the disk has no room is kept in memory if there is enough", async (t) => {
  // A folder of the kernel, to which not even root can write.
  const full = await serve(t, "basic", { args: ["--temp-dir", "/proc/self/fdinfo"] });
  const post = (size: number): Promise<Response> =>
    fetch(`${full.url}/digest`, { method: "POST", body: Buffer.alloc(size, "x") });
  const kept = await post(3_000_000);
  assert.equal(await kept.text(), `3000000 ${sha256(Buffer.alloc(3_000_000, "x"))}`);
  await full.logged(
    ({ level, msg }) => level === "warn" && /\/digest: no temporary file/.test(msg ?? ""),
  );
  const refused = await post(20_000_000);
  assert.equal(refused.status, 503);
  assert.match(await refused.text(), /QUINTET_BODY_QUOTA/);
  for (let count = 0; count < 5; count += 1)
    assert.equal((await post(15_000_000)).status, 200, "what was held is given back");
});
