import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { openIn } from "../../../testing/open-files.ts";
import { type Running, start } from "../../../testing/server.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const servers: Running[] = [];
before(async () => {
  const all = [
    start("files", { args: ["--workers", "1"] }),
    start("files", { args: ["--workers", "1", "--threads", "3"] }),
  ];
  servers.push(...(await Promise.all(all)));
});
after(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** A worker with one thread waits for the front in another way than one with several. */
function both(name: string, check: (server: Running) => Promise<void>): void {
  for (const [index, how] of ["", " (several threads)"].entries()) {
    test(name + how, () => check(servers[index] as Running));
  }
}

const folder = folderWith();
const content = Buffer.from(Array.from({ length: 300_001 }, (_, index) => index % 251));
let files = 0;
function newFile(data: Buffer = content): string {
  const path = join(folder, `file-${++files}`);
  writeFileSync(path, data);
  return path;
}

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

/** How many times this process has the file open. */
function opened(pid: number, path: string): number {
  return openIn(pid, folder).filter((fd) => readlinkSync(fd) === path).length;
}

/** The view, and the bytes of the file that it should send. */
const cases: [view: string, from: number, to: number][] = [
  ["plain", 0, content.length],
  ["raw", 0, content.length],
  ["offset", 1000, content.length],
  ["part", 5000, 205_000],
  ["gzip", 0, content.length],
  ["bytes", 0, content.length],
  ["temporary", 0, content.length],
  ["named", 0, content.length],
  ["unlinked", 0, content.length],
];

for (const [view, from, to] of cases) {
  both(`the right bytes of a file come through wsgi.file_wrapper: ${view}`, async (server) => {
    const response = await fetch(`${server.url}/${view}?${newFile()}`);
    const body = new Uint8Array(await response.arrayBuffer());
    assert.equal(body.length, to - from);
    assert.equal(sha256(body), sha256(content.subarray(from, to)));
  });
}

both("a plain file gets its length, and HEAD and small files are right", async (server) => {
  const path = newFile();
  const whole = await fetch(`${server.url}/plain?${path}`);
  assert.equal(whole.headers.get("content-length"), String(content.length));
  await whole.arrayBuffer();
  assert.equal((await fetch(`${server.url}/plain?${path}`, { method: "HEAD" })).status, 200);
  for (const size of [0, 1, 65_536, 65_537]) {
    const small = newFile(content.subarray(0, size));
    const response = await fetch(`${server.url}/plain?${small}`);
    assert.equal(response.headers.get("content-length"), String(size));
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), content.subarray(0, size));
  }
});

both(
  "a short file gets its length however it was opened, from where it has been read to",
  async (server) => {
    const path = newFile(content.subarray(0, 1500));
    for (const [view, length] of [
      ["raw", 1500],
      ["offset", 500],
      ["temporary", 1500],
      ["named", 1500],
      ["unlinked", 1500],
    ] as const) {
      const response = await fetch(`${server.url}/${view}?${newFile(content.subarray(0, 1500))}`);
      assert.equal(response.headers.get("content-length"), String(length), view);
      const body = Buffer.from(await response.arrayBuffer());
      assert.deepEqual(body, content.subarray(1500 - length, 1500), view);
    }
    await (await fetch(`${server.url}/noted?${path}`)).arrayBuffer();
    await until(() => existsSync(`${path}.closed`), "close() is called");
  },
);

both("what is no regular file, and what middleware looks at, streams", async (server) => {
  const zeros = await (await fetch(`${server.url}/device?`)).arrayBuffer();
  assert.deepEqual(Buffer.from(zeros), Buffer.alloc(300_000));
  const text = Buffer.from("lower ".repeat(50_000));
  const upper = await (await fetch(`${server.url}/around?${newFile(text)}`)).text();
  assert.equal(upper, text.toString().toUpperCase());
});

both(
  "close() is called once while the client still reads, and not before the front has the file",
  async (server) => {
    const path = newFile(Buffer.alloc(20_000_000, 1));
    const client = await raw(server.port);
    client.socket.pause();
    client.write(`GET /noted?${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await until(() => existsSync(`${path}.closed`), "close() is called");
    // The worker is free: although it has only one thread, it answers others now.
    for (let count = 0; count < 5; count += 1) {
      assert.equal((await fetch(`${server.url}/pid?`)).status, 200);
    }
    assert.equal(opened(server.front, path), 1);
    client.socket.resume();
    await client.receives((text) => text.length > 20_000_000);
    assert.equal(parseResponses(client.received())[0]?.body.length, 20_000_000);
    assert.equal(readFileSync(`${path}.closed`, "utf8"), "closed\n");
    await until(() => opened(server.front, path) === 0, "the front closes the file");
    client.destroy();
  },
);

both("after a file the connection serves the next request", async (server) => {
  const client = await raw(server.port);
  const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const path = newFile();
  client.write(get(`/plain?${path}`) + get("/pid?") + get(`/part?${path}`));
  await client.receives((text) => parseResponses(text).length === 3);
  const [first, , third] = parseResponses(client.received());
  assert.equal(first?.body, content.toString("latin1"));
  assert.equal(third?.body.length, 200_000);
  client.destroy();
});

both("a file that becomes shorter meanwhile is a truncated response", async (server) => {
  const path = newFile(Buffer.alloc(20_000_000, 1));
  const client = await raw(server.port);
  client.socket.pause();
  client.write(`GET /noted?${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await until(() => existsSync(`${path}.closed`), "close() is called");
  truncateSync(path, 10_000);
  client.socket.resume();
  const { text } = await client.closed();
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.ok(text.length < 20_000_000);
  const line = await server.logged((each) => each.access?.path === `/noted?${path}`);
  assert.match(line.access?.cut ?? "", /become shorter/);
  await until(() => opened(server.front, path) === 0, "it is closed");
});

both("a Content-Length beyond the file's end is a truncated response", async (server) => {
  const path = newFile();
  const client = await raw(server.port);
  client.write(`GET /long?${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const { text } = await client.closed();
  assert.equal(text.slice(text.indexOf("\r\n\r\n") + 4), content.toString("latin1"));
});

both("a client that leaves in mid-file leaves no file open", async (server) => {
  const path = newFile(Buffer.alloc(20_000_000, 1));
  const client = await raw(server.port);
  client.socket.pause();
  client.write(`GET /plain?${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await until(() => opened(server.front, path) === 1, "the front has it open");
  client.destroy();
  await until(() => opened(server.front, path) === 0, "the front closes it");
  assert.equal((await fetch(`${server.url}/pid?`)).status, 200);
});
