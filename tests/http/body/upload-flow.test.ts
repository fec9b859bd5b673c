import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { seenByFront } from "../../../testing/seen.ts";
import { serve } from "../../../testing/serve.ts";
import { untilRequests } from "../../../testing/status.ts";
import { untilUnanswered } from "../../../testing/unanswered.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

test("a view that reads slowly makes its client wait, and nothing is lost", async (t) => {
  const server = await serve(t, "uploads", { args: ["--request-buffering", "false"] });
  const note = join(folderWith(), "note");
  const length = 30_000_000;
  const body = Buffer.alloc(length, "slowly ");
  const connection = await raw(server.port);
  const query = `size=100000&pause=0.01&note=${note}`;
  connection.write(
    `POST /digest?${query} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`,
  );
  const begun = performance.now();
  connection.write(body);
  // All of it could have been sent in this quarter of a second.
  await until(() => readNote(note) >= 2_500_000, "the view reads");
  const sent = length - connection.socket.writableLength;
  // Bytes in the kernel's buffers count as sent.
  assert.ok(connection.socket.writableLength > length / 2, `${sent} bytes were taken`);
  await connection.receives(`${length} ${createHash("sha256").update(body).digest("hex")}`);
  assert.ok(performance.now() - begun > 300 * 10);
  connection.destroy();
});

function readNote(path: string): number {
  try {
    return Number(readFileSync(path, "utf8").trim().split("\n").at(-1));
  } catch {
    return 0;
  }
}

test("the time that a client takes does not count, that of the application does", async (t) => {
  const args = ["--request-buffering", "false", "--timeout", "1"];
  const server = await serve(t, "uploads", { args });
  const slow = await raw(server.port);
  slow.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  for (const letters of ["sl", "ow"]) {
    await sleep(1300);
    slow.write(letters);
  }
  await slow.receives("4 ");
  slow.destroy();
  const busy = await raw(server.port);
  const head = "POST /digest?size=3&pause=60 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
  busy.write(`${head}slo`);
  await busy.receives("504 Gateway Timeout");
  busy.destroy();
});

test("requests sent to a worker that waits for a body are run elsewhere", async (t) => {
  const args = ["--request-buffering", "false", "--workers", "2"];
  const server = await serve(t, "uploads", { args });
  const connection = await raw(server.port);
  connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhel");
  await untilRequests(server, { running: 1 });
  const all = Array.from({ length: 100 }, async () => (await fetch(`${server.url}/hello`)).text());
  assert.deepEqual(new Set(await Promise.all(all)), new Set(["Hello, world!\n"]));
  connection.write("lo!");
  await connection.receives("6 ");
  connection.destroy();
});

test("a request that no worker has begun waits with its body unread, and runs on the first free worker", async (t) => {
  const args = ["--request-buffering", "false", "--workers", "2"];
  const server = await serve(t, "uploads", { args });
  const holding = await Promise.all([raw(server.port), raw(server.port)]);
  for (const each of holding) {
    each.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
  }
  await untilRequests(server, { running: 2 });
  const waiting = await raw(server.port);
  const head =
    "POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  waiting.write(head);
  await untilUnanswered(server, 3);
  assert.equal(waiting.received(), "");
  holding[1].write("b");
  await waiting.receives("100 Continue");
  waiting.write("hello");
  await waiting.receives(`5 ${createHash("sha256").update("hello").digest("hex")}`);
  holding[0].write("b");
  await holding[0].receives("2 ");
  for (const each of [...holding, waiting]) each.destroy();
});

test("an upload that is running when the server is stopped is finished", async (t) => {
  const server = await serve(t, "uploads", { args: ["--request-buffering", "false"] });
  const connection = await raw(server.port);
  connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhel");
  await untilRequests(server, { running: 1 });
  server.child.kill("SIGTERM");
  await server.logged((line) => line.msg?.startsWith("SIGTERM") === true);
  connection.write("lo!");
  await connection.receives("6 ");
  assert.equal(await server.ended, 0);
});

for (const [what, args, rest, status, why] of [
  [
    "is too long ends with 413",
    ["--limit-request-body", "1000"],
    `400\r\n${"x".repeat(1000)}`,
    413,
    "the body has 1005 bytes; the limit is 1000",
  ],
  [
    "stays away ends with 408",
    ["--body-timeout", "1", "--body-min-rate", "0"],
    "",
    408,
    "no data of the body for 1 s",
  ],
] as const) {
  test(`a body that ${what}, and raises`, async (t) => {
    const server = await serve(t, "uploads", { args: ["--request-buffering", "false", ...args] });
    const note = join(folderWith(), "note");
    const connection = await raw(server.port);
    const head = "Host: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n";
    connection.write(`POST /catches?note=${note} HTTP/1.1\r\n${head}`);
    // The view reads the body.
    await connection.receives("100 Continue\r\n\r\n");
    connection.write("5\r\nhello\r\n");
    await seenByFront(server);
    if (rest) connection.write(rest);
    await connection.receives(why);
    assert.match(connection.received(), new RegExp(`\r\n\r\nHTTP/1\\.1 ${status} `));
    const raised = `ClientDisconnected: ${why}; 5 bytes of the request body had arrived`;
    await until(() => readFileSync(note, "utf8").includes(raised), raised);
    connection.destroy();
  });
}

test("a client does not count as slow while the application is busy", async (t) => {
  const args = ["--request-buffering", "false", "--body-timeout", "1"];
  const server = await serve(t, "uploads", { args });
  const note = join(folderWith(), "note");
  const busy = await raw(server.port);
  busy.write(`POST /digest?size=3&pause=3&note=${note} HTTP/1.1\r\n`);
  busy.write("Host: a\r\nContent-Length: 6\r\n\r\nhel");
  await until(() => readNote(note) === 3, "the view is busy");
  // Twice as long as a client would wait.
  await sleep(2000);
  busy.write("lo!");
  await busy.receives("6 ");
  busy.destroy();
});

for (const [what, args, rest, code] of [
  ["stays away", ["--body-timeout", "0.5", "--body-min-rate", "0"], "", "QUINTET_CLIENT_SLOW"],
  [
    "is too long",
    ["--limit-request-body", "1000"],
    `400\r\n${"x".repeat(1024)}\r\n`,
    "QUINTET_BODY_TOO_LARGE",
  ],
] as const) {
  test(`an answer that has begun is cut short when its body ${what}`, async (t) => {
    const server = await serve(t, "uploads", { args: ["--request-buffering", "false", ...args] });
    const client = await raw(server.port);
    const head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write(`${head}6\r\nhello\n\r\n`);
    await client.receives("got hello");
    if (rest) client.write(rest);
    const { text } = await client.closed();
    assert.doesNotMatch(text, /\r\n0\r\n/);
    await server.logged((line) => line.code === code);
  });
}

test("a client that leaves before its body is read is noticed, and its request is not run", async (t) => {
  // Both workers are busy, and a request that was sent to one is recalled.
  const args = ["--request-buffering", "false", "--workers", "2"];
  const server = await serve(t, "uploads", { args });
  const note = join(folderWith(), "note");
  const head = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n`;
  const busy = await Promise.all([raw(server.port), raw(server.port)]);
  for (const each of busy) each.write(`${head("/digest")}hel`);
  await untilRequests(server, { running: 2 });
  const leaves = await raw(server.port);
  leaves.write(`${head(`/first?note=${note}`)}hello!`);
  await untilRequests(server, { running: 2, waiting: 1 });
  // A client that closes its side right after its request still waits for the response.
  await sleep(200);
  leaves.socket.end();
  await server.logged(({ access }) => access?.status === 499);
  for (const each of busy) {
    each.write("lo!");
    await each.receives("6 ");
    each.destroy();
  }
  await untilRequests(server, { running: 0, waiting: 0 });
  assert.equal(existsSync(note), false);
});

test("a client that ends its half behind an upload of some time gets its answer", async (t) => {
  const server = await serve(t, "uploads", { args: ["--request-buffering", "false"] });
  const client = await raw(server.port);
  client.write("POST /digest?size=3&pause=0.2 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhel");
  // Later than a client may close its side after its request.
  await sleep(300);
  client.socket.end("lo!lo!");
  const { text } = await client.closed();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n9 /);
});
