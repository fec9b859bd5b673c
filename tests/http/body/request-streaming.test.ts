import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { type Running, start } from "../../../testing/server.ts";
import { untilRequests } from "../../../testing/status.ts";
import { until } from "../../../testing/wait.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

const folder = folderWith();
let notes = 0;

/** A file in which a view notes its progress. */
function notebook(): { path: string; text(): string } {
  const path = join(folder, String(++notes));
  const text = (): string => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  return { path, text };
}

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

const LENGTH = "Host: a\r\nContent-Length:";
const CHUNKED = "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const EXPECTING = "Host: a\r\nExpect: 100-continue\r\nContent-Length:";

for (const threads of ["1", "4"]) {
  let server: Running;
  before(async () => {
    const args = ["--workers", "1", "--threads", threads, "--request-buffering", "false"];
    server = await start("uploads", { args });
  });
  after(async () => {
    await server.stop();
  });
  const named = (what: string, run: () => Promise<void>): void =>
    void test(`${what} (threads: ${threads})`, run);

  named("the application has the first bytes before the client has sent the last", async () => {
    for (const framing of [`${LENGTH} 17\r\n\r\n`, CHUNKED]) {
      const data = framing === CHUNKED ? chunk : (text: string): string => text;
      const note = notebook();
      const connection = await raw(server.port);
      connection.write(`POST /first?note=${note.path} HTTP/1.1\r\n${framing}${data("hello\n")}`);
      await until(() => note.text() === "begun\nfirst hello\n", "the first line");
      assert.equal(connection.received(), "");
      connection.write(data("hello again"));
      if (framing === CHUNKED) connection.write("0\r\n\r\n");
      await connection.receives("11 bytes more, then b''");
      connection.destroy();
    }
  });

  named("a view may answer while it reads", async () => {
    const connection = await raw(server.port);
    connection.write(`POST /echo HTTP/1.1\r\n${CHUNKED}`);
    await connection.receives("begun");
    for (const line of ["one\n", "two\n", "three\n"]) {
      connection.write(chunk(line));
      await connection.receives(`got ${line}`);
    }
    connection.write("0\r\n\r\n");
    const { text } = await connection.closed();
    assert.match(text, /ended\n\r\n0\r\n\r\n$/);
    assert.match(text, /\r\nConnection: close\r\n/);
  });

  named("CONTENT_LENGTH is what the client says, and nothing where it says nothing", async () => {
    const connection = await raw(server.port);
    connection.write(`POST /facts HTTP/1.1\r\n${LENGTH} 5\r\n\r\nhello`);
    connection.write(
      `POST /facts HTTP/1.1\r\n${CHUNKED}${chunk("hello")}0\r\nX-Trailer: a\r\n\r\n`,
    );
    const both = (text: string): boolean => parseResponses(text).length === 2;
    const [sized, chunked] = parseResponses(await connection.receives(both));
    const same = {
      terminated: true,
      input: "BufferedReader",
      body: "hello",
      after: ["", "", "", ""],
    };
    assert.deepEqual(JSON.parse(sized?.body as string), { ...same, length: "5" });
    assert.deepEqual(JSON.parse(chunked?.body as string), { ...same, length: null });
    connection.destroy();
  });

  named("bodies of every size around the buffers arrive whole, on one connection", async () => {
    for (const size of [1, 16_384, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 5_000_001]) {
      const body = Buffer.alloc(size, "0123456789abcdefghijk");
      for (const piece of [1000, 65_536, 1_000_000]) {
        const path = `${server.url}/digest?size=${piece}`;
        const expected = `${size} ${sha256(body)}`;
        const sized = await fetch(path, { method: "POST", body });
        assert.equal(await sized.text(), expected);
        const stream = new Blob([body]).stream();
        const options = { method: "POST", body: stream, duplex: "half" } as const;
        assert.equal(await (await fetch(path, options)).text(), expected);
      }
    }
  });

  named(
    "a connection is kept after a body that was read, and what is pipelined is run",
    async () => {
      const connection = await raw(server.port);
      const body = "x".repeat(300_000);
      const post = `POST /digest HTTP/1.1\r\n${LENGTH} ${body.length}\r\n\r\n${body}`;
      connection.write(post);
      connection.write(`${post}GET /hello HTTP/1.1\r\nHost: a\r\n\r\n`);
      const all = (text: string): boolean => parseResponses(text).length === 3;
      const responses = parseResponses(await connection.receives(all));
      const digest = `300000 ${sha256(body)}`;
      assert.deepEqual(
        responses.map((each) => each.body),
        [digest, digest, "Hello, world!\n"],
      );
      connection.destroy();
    },
  );

  named("a small body that nobody reads costs no connection", async () => {
    const connection = await raw(server.port);
    for (let count = 1; count < 5; count += 1) {
      connection.write(`POST /unread HTTP/1.1\r\n${LENGTH} 1000\r\n\r\n${"x".repeat(1000)}`);
      await connection.receives((text) => parseResponses(text).length === count);
    }
    connection.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    await connection.receives("Hello, world!");
    connection.destroy();
  });

  named("100 Continue is sent when the application reads, and not before", async () => {
    const connection = await raw(server.port);
    const note = notebook();
    connection.write(`POST /first?note=${note.path} HTTP/1.1\r\n${EXPECTING} 6\r\n\r\n`);
    await connection.receives("HTTP/1.1 100 Continue\r\n\r\n");
    assert.equal(note.text(), "begun\n");
    connection.write("hello\n");
    await connection.receives("0 bytes more");
    assert.equal(connection.received().match(/100 Continue/g)?.length, 1);
    connection.destroy();
  });

  named("100 Continue is never sent when the application answers without reading", async () => {
    for (const query of ["status=403+Forbidden", "status=403+Forbidden&stream=1&bytes=200000"]) {
      const connection = await raw(server.port);
      connection.write(`POST /unread?${query} HTTP/1.1\r\n${EXPECTING} 6\r\n\r\n`);
      const { how, text } = await (async () => {
        await connection.receives(/^HTTP\/1\.1 403 Forbidden\r\n/);
        connection.socket.end();
        return connection.closed();
      })();
      assert.equal(how, "end");
      assert.doesNotMatch(text, /100 Continue/);
      assert.match(text, /\r\nConnection: close\r\n/);
    }
  });

  named("an answer before the body is read arrives whole, and closes the connection", async () => {
    for (const [query, size] of [
      ["bytes=10", 10],
      ["bytes=500000", 500_000],
      ["bytes=500000&stream=1", 500_000],
    ] as const) {
      for (const version of ["1.0", "1.1"]) {
        const connection = await raw(server.port);
        const head = `POST /unread?status=403+Forbidden&${query} HTTP/${version}`;
        connection.write(`${head}\r\n${LENGTH} 50000000\r\n\r\n`);
        // Sends all of it before it reads anything, like most clients.
        connection.socket.pause();
        for (let sent = 0; sent < 50; sent += 1) {
          if (!connection.socket.write("y".repeat(1_000_000))) {
            await new Promise((resolve) => connection.socket.once("drain", resolve));
          }
        }
        connection.socket.resume();
        const { how, text } = await connection.closed();
        assert.equal(how, "end");
        const [response] = parseResponses(text);
        assert.equal(response?.status, 403);
        assert.equal(response?.headers.connection, "close");
        assert.equal(response?.body, "x".repeat(size));
      }
    }
    assert.equal(await (await fetch(`${server.url}/hello`)).text(), "Hello, world!\n");
  });

  named("what is pipelined behind a body that was not read is not run", async () => {
    const connection = await raw(server.port);
    const note = notebook();
    connection.write(`POST /some?bytes=5 HTTP/1.1\r\n${LENGTH} 1000000\r\n\r\nhello`);
    await connection.receives("read 5");
    connection.write("x".repeat(999_995));
    connection.write(`POST /first?note=${note.path} HTTP/1.1\r\n${LENGTH} 5\r\n\r\nhello`);
    const { text } = await connection.closed();
    assert.equal(parseResponses(text).length, 1);
    await untilRequests(server, { running: 0, waiting: 0 });
    assert.equal(note.text(), "");
  });

  named("a client that leaves raises in read, and the worker serves the next", async () => {
    const [worker] = server.workers();
    for (const framing of [`${LENGTH} 1000\r\n\r\nhello`, `${CHUNKED}${chunk("hello")}`]) {
      const note = notebook();
      const path = `/catches?note=${note.path}`;
      const connection = await raw(server.port);
      connection.write(`POST ${path} HTTP/1.1\r\n${framing}`);
      await until(() => note.text() !== "", "the view");
      connection.destroy();
      const of = framing.startsWith(LENGTH) ? " of 1000" : "";
      const message = `the client has left; 5${of} bytes of the request body had arrived`;
      const expected = `begun\nClientDisconnected: ${message}\nagain ${message}\n`;
      await until(() => note.text() === expected, `${expected} in ${note.text()}`);
      const line = await server.logged((each) => each.access?.path === path);
      assert.equal(line.access?.status, 499);
      assert.equal(await (await fetch(`${server.url}/hello`)).text(), "Hello, world!\n");
    }
    assert.deepEqual(server.workers(), [worker]);
  });

  named(
    "a client that leaves is one line of the log where the application lets it raise",
    async () => {
      const before = server.log().length;
      const connection = await raw(server.port);
      const note = notebook();
      const path = `/digest?size=5&pause=0&note=${note.path}`;
      connection.write(`POST ${path} HTTP/1.1\r\n${LENGTH} 1000\r\n\r\nhello`);
      await until(() => note.text() === "5\n", "the view has what came");
      connection.destroy();
      const line = await server.logged(
        (each) => each.msg?.includes("5 of 1000 bytes") === true && each.request !== undefined,
      );
      assert.equal(line.level, "info");
      await server.logged((each) => each.access?.path === path);
      assert.equal(await (await fetch(`${server.url}/hello`)).text(), "Hello, world!\n");
      const errors = server
        .log()
        .slice(before)
        .filter((each) => each.level === "error");
      assert.deepEqual(errors, []);
    },
  );

  named("a body that is no HTTP raises in read, and the client gets 400", async () => {
    const note = notebook();
    const connection = await raw(server.port);
    connection.write(`POST /catches?note=${note.path} HTTP/1.1\r\n${CHUNKED}${chunk("hello")}`);
    await until(() => note.text() !== "", "the view");
    connection.write("this is no chunk\r\n");
    const { text } = await connection.closed();
    assert.match(text, /^HTTP\/1\.1 400 /);
    await until(() => note.text().includes("ClientDisconnected"), "the exception");
    assert.equal(await (await fetch(`${server.url}/hello`)).text(), "Hello, world!\n");
  });

  named("a worker that dies in mid-upload is a 502, and the connection is closed", async () => {
    const connection = await raw(server.port);
    connection.write(`POST /die?bytes=5 HTTP/1.1\r\n${LENGTH} 1000000\r\n\r\nhello, world`);
    const { text } = await connection.closed();
    assert.match(text, /^HTTP\/1\.1 502 /);
    assert.match(text, /QUINTET_WORKER_DIED/);
    assert.equal(await (await fetch(`${server.url}/hello`)).text(), "Hello, world!\n");
  });
}
