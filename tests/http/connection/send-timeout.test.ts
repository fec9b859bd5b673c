import assert from "node:assert/strict";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseResponses } from "../../../testing/http.ts";
import { openIn } from "../../../testing/open-files.ts";
import { site } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import type { LogLine, Running } from "../../../testing/server.ts";
import { raw, type RawConnection } from "../../../testing/socket.ts";
import { untilRequests } from "../../../testing/status.ts";
import { folderWith } from "../../../testing/temp.ts";
import { until } from "../../../testing/wait.ts";

const app = `
def application(environ, start_response):
    view, path = environ["PATH_INFO"], environ["QUERY_STRING"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if view == "/one":
        return [b"x" * 50_000_000]
    if view == "/pieces":
        return (b"x" * 100_000 for _ in range(500))
    if view == "/file":
        return environ["wsgi.file_wrapper"](open(path, "rb"))
    return [b"x" * 100_000 if view == "/small" else b"ok"]
`;

const TIMEOUT = ["--send-timeout", "1", "--workers", "1"];

interface Site {
  server: Running;
  folder: string;
  temporary: string;
}

async function served(t: TestContext, args: string[]): Promise<Site> {
  const folder = folderWith({ "taken.py": app, "big.bin": "" });
  truncateSync(join(folder, "big.bin"), 50_000_000);
  const temporary = folderWith();
  const server = await serve(t, "taken", {
    cwd: folder,
    args: [...args, "--temp-dir", temporary],
  });
  return { server, folder, temporary };
}

/** A client that sends a request and then reads nothing. */
async function silent(server: Running, path: string): Promise<RawConnection> {
  const client = await raw(server.port);
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  client.socket.pause();
  return client;
}

/** It reads that many more bytes, or what there is, and then nothing again. */
async function takes(client: RawConnection, bytes: number): Promise<void> {
  const enough = client.received().length + bytes;
  while (client.received().length < enough && !client.socket.destroyed) {
    const some = new Promise<void>((resolve) => {
      client.socket.once("data", () => resolve()).once("close", () => resolve());
    });
    client.socket.resume();
    await some;
    client.socket.pause();
  }
}

/** Its connection is reset, and the log says why. */
async function cutOff(server: Running, path: string, why: RegExp): Promise<void> {
  const isCut = ({ code, msg }: LogLine): boolean =>
    code === "QUINTET_SEND_TIMEOUT" && msg?.includes(` GET ${path}`) === true;
  const { msg } = await server.logged(isCut);
  assert.match(msg as string, why);
  const { access } = await server.logged((line) => line.access?.path === path);
  assert.match(access?.cut as string, why);
}

// Concurrently: they mostly wait, and each has its own server.
describe("clients that take nothing", { concurrency: 4 }, () => {
  for (const [what, path, args] of [
    ["one large piece", "/one", []],
    ["many pieces, in a temporary file", "/pieces", []],
    ["many pieces, for which the worker waits", "/pieces", ["--response-spool", "0"]],
    ["more than there is room for", "/pieces", ["--spool-limit", "1m"]],
  ] as const) {
    test(`are cut off: ${what}`, async (t) => {
      const { server, temporary } = await served(t, [...TIMEOUT, ...args]);
      const client = await silent(server, path);
      await cutOff(server, path, /took nothing for 1 s/);
      await untilRequests(server, { running: 0 });
      assert.equal((await fetch(server.url)).status, 200);
      await until(() => openIn(server.front, temporary).length === 0, "its file is closed");
      client.socket.resume();
      assert.match((await client.closed()).how, /ECONNRESET/);
    });
  }

  test("are cut off: a file that a worker has named, whose descriptor is free then", async (t) => {
    const { server, folder } = await served(t, TIMEOUT);
    const path = `/file?${join(folder, "big.bin")}`;
    const client = await silent(server, path);
    await until(() => openIn(server.front, folder).length === 1, "the front has it open");
    await cutOff(server, path, /took nothing for 1 s/);
    await until(() => openIn(server.front, folder).length === 0, "it is closed");
    client.destroy();
  });

  test("are cut off: a static file", async (t) => {
    const folder = folderWith({ "static/big.bin": "" });
    truncateSync(join(folder, "static", "big.bin"), 50_000_000);
    const env = { SITE_ROOT: folder };
    const server = await serve(t, "tiny.wsgi", { args: TIMEOUT, env, cwd: site });
    const client = await silent(server, "/static/big.bin");
    await until(() => openIn(server.front, folder).length === 1, "the front has it open");
    await cutOff(server, "/static/big.bin", /took nothing for 1 s/);
    await until(() => openIn(server.front, folder).length === 0, "it is closed");
    client.destroy();
  });

  test("are cut off: many small answers to pipelined requests", async (t) => {
    const { server } = await served(t, TIMEOUT);
    const client = await silent(server, "/small");
    client.write("GET /small HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000));
    const { msg } = await server.logged(({ code }) => code === "QUINTET_SEND_TIMEOUT");
    assert.match(msg as string, /took nothing for 1 s/);
    await untilRequests(server, { running: 0, waiting: 0 });
    client.destroy();
  });

  test("are not cut off: a client that reads slowly, but reads", async (t) => {
    const { server } = await served(t, [...TIMEOUT, "--no-access-log"]);
    const client = await silent(server, "/pieces");
    // Ten pauses shorter than the timeout, then all the rest.
    for (let count = 0; count < 10; count += 1) {
      await sleep(300);
      await takes(client, 2_000_000);
    }
    client.socket.resume();
    await client.receives((text) => text.length > 50_000_000 && text.endsWith("\r\n0\r\n\r\n"));
    client.destroy();
  });

  test("a client is not reset if no response is due: a slow application, an idle connection", async (t) => {
    const args = ["--send-timeout", "0.3", "--workers", "1"];
    const server = await serve(t, "basic", { args });
    const client = await raw(server.port);
    for (const path of ["/sleep?1", "/stream?3,0.5"]) {
      client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const before = parseResponses(client.received()).length;
      await client.receives((text) => parseResponses(text).length === before + 1);
      await sleep(600);
    }
    client.destroy();
    assert.ok(!server.log().some(({ code }) => code === "QUINTET_SEND_TIMEOUT"));
  });

  test("too little of it is not enough: --send-min-rate", async (t) => {
    const rate = ["--send-timeout", "1", "--send-min-rate", "100m", "--workers", "1"];
    const { server } = await served(t, rate);
    const client = await silent(server, "/pieces");
    const over = new AbortController();
    t.after(() => over.abort());
    // A little every 50 ms: no long pause, but too little.
    const reading = (async () => {
      while (!over.signal.aborted && !client.socket.destroyed) {
        await takes(client, 200_000);
        await sleep(50);
      }
    })();
    await cutOff(server, "/pieces", /took less than 104857600 bytes a second/);
    over.abort();
    client.destroy();
    await reading;
  });

  test("an upload that arrives too slowly is answered 408: --body-min-rate", async (t) => {
    const args = ["--body-timeout", "1", "--body-min-rate", "10k"];
    const server = await serve(t, "basic", { args });
    const client = await raw(server.port);
    const over = new AbortController();
    t.after(() => over.abort());
    client.write("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    const sending = (async () => {
      while (!over.signal.aborted && !client.socket.destroyed) {
        client.write("x");
        await sleep(50);
      }
    })();
    await client.receives(/^HTTP\/1\.1 408 [^]*less than 10240 bytes a second/);
    over.abort();
    client.destroy();
    await sending;
  });
});
