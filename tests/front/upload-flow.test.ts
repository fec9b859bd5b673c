import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "../../testing/serve.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { raw } from "../../testing/socket.ts";
import { folderWith } from "../../testing/temp.ts";

/** The most memory that a process has had at once, in megabytes. */
function peak(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

/** The body back from a view: what it has, from a generator of so many blocks. */
async function upload(of: Running, path: string, blocks: number, length?: number): Promise<string> {
  const headers = length === undefined ? {} : { "Content-Length": length };
  const sending = request({ port: of.port, path, method: "POST", agent: false, headers });
  const answer = new Promise<string>((resolve, reject) => {
    sending.on("error", reject).on("response", (response) => {
      response.setEncoding("latin1").on("data", resolve);
    });
  });
  for (let index = 0; index < blocks; index += 1) {
    if (!sending.write(blockOf(index))) await new Promise((go) => sending.once("drain", go));
  }
  sending.end();
  return answer;
}

const BLOCK = 1024 * 1024;

function blockOf(index: number): Buffer {
  return Buffer.alloc(BLOCK, `block ${index} `);
}

for (const threads of ["1", "4"]) {
  test(`1 GB takes no memory and no temporary file (threads: ${threads})`, async (t) => {
    const temporary = folderWith();
    const own = ["--request-buffering", "false", "--temp-dir", temporary, "--threads", threads];
    const server = await serve(t, "uploads", { args: own });
    const [worker] = server.workers() as [number];
    assert.match(await upload(server, "/digest", 20), /^20971520 /);
    const before = [peak(server.front), peak(worker)] as const;
    const blocks = 1024;
    const hash = createHash("sha256");
    for (let index = 0; index < blocks; index += 1) hash.update(blockOf(index));
    const files = new Set<string>();
    const watch = setInterval(() => {
      for (const name of readdirSync(temporary)) files.add(name);
    }, 20);
    const answer = await upload(server, "/digest", blocks, blocks * BLOCK);
    clearInterval(watch);
    assert.equal(answer, `${blocks * BLOCK} ${hash.digest("hex")}`);
    assert.deepEqual([...files], []);
    const grown = [peak(server.front) - before[0], peak(worker) - before[1]] as const;
    t.diagnostic(`front ${grown[0].toFixed(1)} MB, worker ${grown[1].toFixed(1)} MB`);
    // Garbage of the front's that waits for its collector; a gigabyte it is not.
    assert.ok(grown[0] < 64, `the front has grown by ${grown[0]} MB`);
    assert.ok(grown[1] < 4, `the worker has grown by ${grown[1]} MB`);
  });
}

test("a view that reads slowly holds up its client, and nothing is lost", async (t) => {
  const server = await serve(t, "uploads", { args: ["--request-buffering", "false"] });
  const note = join(folderWith(), "note");
  const length = 30_000_000;
  const body = Buffer.alloc(length, "slowly ");
  const connection = await raw(server.port);
  const query = `size=100000&pause=0.02&note=${note}`;
  connection.write(
    `POST /digest?${query} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`,
  );
  const begun = performance.now();
  connection.write(body);
  await until(() => readNote(note) >= 500_000, "the view reads");
  await sleep(500);
  const sent = length - connection.socket.writableLength;
  // What lies in the kernel on its way counts as sent.
  assert.ok(connection.socket.writableLength > length / 2, `${sent} bytes were taken`);
  await connection.receives(`${length} ${createHash("sha256").update(body).digest("hex")}`, 30_000);
  assert.ok(performance.now() - begun > 300 * 20);
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
  const args = ["--request-buffering", "false", "--timeout", "0.5"];
  const server = await serve(t, "uploads", { args });
  const slow = await raw(server.port);
  slow.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
  for (const letter of "slow") {
    await sleep(700);
    slow.write(letter);
  }
  await slow.receives("4 ");
  slow.destroy();
  const busy = await raw(server.port);
  const head = "POST /digest?size=3&pause=2 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
  busy.write(`${head}slo`);
  await busy.receives("504 Gateway Timeout", 1500);
  busy.destroy();
});

test("requests sent to a worker that waits for a body are run elsewhere", async (t) => {
  const args = ["--request-buffering", "false", "--workers", "2"];
  const server = await serve(t, "uploads", { args });
  const connection = await raw(server.port);
  connection.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhel");
  await sleep(100);
  const began = performance.now();
  const all = Array.from({ length: 100 }, async () => (await fetch(`${server.url}/hello`)).text());
  assert.deepEqual(new Set(await Promise.all(all)), new Set(["Hello, world!\n"]));
  assert.ok(performance.now() - began < 2000);
  connection.write("lo!");
  await connection.receives("6 ");
  connection.destroy();
});

test("a request that nobody has begun waits with its body unread, and runs where there is room", async (t) => {
  const args = ["--request-buffering", "false", "--workers", "2"];
  const server = await serve(t, "uploads", { args });
  const holding = await Promise.all([raw(server.port), raw(server.port)]);
  for (const each of holding) {
    each.write("POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
  }
  await sleep(100);
  const waiting = await raw(server.port);
  const head =
    "POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  waiting.write(head);
  await sleep(200);
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
  await sleep(100);
  server.child.kill("SIGTERM");
  await server.logged((line) => line.msg?.startsWith("SIGTERM") === true);
  connection.write("lo!");
  await connection.receives("6 ");
  assert.equal(await server.ended, 0);
});

test("a body that is too long, or of which nothing comes, ends with 413 or 408, and raises", async (t) => {
  const args = ["--request-buffering", "false", "--limit-request-body", "1000"];
  const server = await serve(t, "uploads", { args: [...args, "--body-timeout", "0.4"] });
  const head = "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
  for (const [rest, status, why] of [
    ["400\r\n", 413, "the body has 1005 bytes, and may have 1000"],
    ["", 408, "nothing of the body for 0.4 s"],
  ] as const) {
    const note = join(folderWith(), "note");
    const connection = await raw(server.port);
    connection.write(`POST /catches?note=${note} ${head}`);
    await sleep(100);
    if (rest) connection.write(`${rest}${"x".repeat(1000)}`);
    await connection.receives(why);
    assert.match(connection.received(), new RegExp(`^HTTP/1\\.1 ${status} `));
    const raised = `ClientDisconnected: ${why}; 5 bytes of the request's body had come`;
    await until(() => readFileSync(note, "utf8").includes(raised), raised);
    connection.destroy();
  }
  // Nobody waits for the client while the application is busy.
  const busy = await raw(server.port);
  const size = "Host: a\r\nContent-Length: 6\r\n\r\n";
  busy.write(`POST /digest?size=3&pause=1 HTTP/1.1\r\n${size}hel`);
  await sleep(800);
  busy.write("lo!");
  await busy.receives("6 ");
  busy.destroy();
});

for (const [what, args, rest, code] of [
  ["stays away", ["--body-timeout", "0.5"], "", "QUINTET_CLIENT_SLOW"],
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
    const { text } = await client.closed(5000);
    assert.doesNotMatch(text, /\r\n0\r\n/);
    await server.logged((line) => line.code === code);
  });
}

test("a client that leaves before its body is read is noticed, and its request is not run", async (t) => {
  const server = await serve(t, "uploads", { args: ["--request-buffering", "false"] });
  const note = join(folderWith(), "note");
  const head = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n`;
  const busy = await raw(server.port);
  busy.write(`${head("/digest?size=3&pause=1")}hello!`);
  await sleep(300);
  const leaves = await raw(server.port);
  leaves.write(`${head(`/first?note=${note}`)}hello!`);
  await sleep(400);
  leaves.socket.end();
  await server.logged(({ access }) => access?.status === 499);
  await busy.receives("6 ");
  assert.match(
    await (await fetch(`${server.url}/digest`, { method: "POST", body: "x" })).text(),
    /^1 /,
  );
  assert.equal(existsSync(note), false);
  busy.destroy();
});

test("a client that ends its half behind an upload of some time gets its answer", async (t) => {
  const server = await serve(t, "uploads", { args: ["--request-buffering", "false"] });
  const client = await raw(server.port);
  client.write("POST /digest?size=3&pause=0.2 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhel");
  await sleep(600);
  client.socket.end("lo!lo!");
  const { text } = await client.closed();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n9 /);
});
