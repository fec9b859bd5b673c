import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseResponses } from "../../../testing/http.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { untilRequests } from "../../../testing/status.ts";
import { until } from "../../../testing/wait.ts";

let server: Running;
before(async () => {
  server = await start("basic", { args: ["--workers", "1", "--threads", "8"] });
});
after(async () => {
  await server.stop();
});

/** Everything that the server sends for these pieces until it closes. */
async function outcome(pieces: string[]): Promise<string> {
  const connection = await raw(server.port);
  connection.socket.setNoDelay();
  for (const piece of pieces) {
    connection.write(Buffer.from(piece, "latin1"));
    // So that most of them arrive alone, as far as TCP allows.
    if (pieces.length > 1) await sleep(2);
  }
  return (await connection.closed()).text;
}

const host = "Host: a\r\n\r\n";
const post = (fields: string, body = "5\r\nhello\r\n0\r\n\r\n"): string =>
  `POST /never HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;

const refused: [number, string, RegExp][] = [
  [400, "GET /never HTTP/1.1\r\n\r\n", /the Host header is missing/],
  [400, `GET /never HTTP/1.1\r\nHost: a\r\n${host}`, /more than one Host/],
  [400, "GET /never HTTP/1.1\r\nHost:\r\n\r\n", /Host is ""/],
  [400, "GET /never HTTP/1.1\r\nHost: a b\r\n\r\n", /Host is "a b"/],
  [400, "GET /never HTTP/1.0\r\nHost: [::1::]\r\n\r\n", /Host is "\[::1::\]"/],
  [400, `GET * HTTP/1.1\r\n${host}`, /target "\*" is not a path/],
  [400, `GET a.example:80 HTTP/1.1\r\n${host}`, /Unexpected char in url/],
  [400, `GET http://u@a/never HTTP/1.1\r\n${host}`, /host of the target is "u@a"/],
  [400, `GET /never#x HTTP/1.1\r\n${host}`, /fragment/],
  [400, `GET\t/never HTTP/1.1\r\n${host}`, /method/],
  [400, post("Content-Type: a/b\r\nContent-Type: a/b", ""), /more than one Content-Type/],
  [400, post("Content-Length: 5\r\nTransfer-Encoding: chunked"), /Transfer-Encoding/],
  [400, post("Transfer-Encoding: chunked").replace("1.1", "1.0"), /in HTTP\/1\.0/],
  [400, post("Transfer-Encoding: chunked, chunked"), /Transfer-Encoding/],
  [400, post("Transfer-Encoding: gzip"), /Transfer-Encoding/],
  [
    400,
    post("Transfer-Encoding: chunked", "0\r\nHost: b\r\n\r\n"),
    /host is not allowed in trailers/,
  ],
  [400, post("Transfer-Encoding: chunked", "0\r\nContent-Length: 3\r\n\r\n"), /Content-Length/],
  [400, post("Transfer-Encoding: chunked", "five\r\n"), /chunk size/],
  [417, `GET /never HTTP/1.1\r\nExpect: 100-continue, more\r\n${host}`, /Expect is/],
  [501, post("Transfer-Encoding: gzip, chunked"), /is "gzip, chunked"/],
  [501, `BREW /never HTTP/1.1\r\n${host}`, /method/],
  [501, `get /never HTTP/1.1\r\n${host}`, /method/],
  [501, `GETS /never HTTP/1.1\r\n${host}`, /method/],
  [501, `DESCRIBE /never HTTP/1.1\r\n${host}`, /method/],
  [501, `CONNECT a.example:80 HTTP/1.1\r\n${host}`, /CONNECT/],
  [505, `GET /never HTTP/2.0\r\n${host}`, /version is HTTP\/2\.0/],
  [505, `GET /never HTTP/1.2\r\n${host}`, /HTTP version/],
  [505, "GET /never\r\n\r\n", /version is HTTP\/0\.9/],
  [505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /PRI/],
  [505, `SOURCE /never ICE/1.0\r\n${host}`, /version/],
];

describe("what is refused", { concurrency: true }, () => {
  for (const [status, bytes, why] of refused) {
    test(`${status} for ${JSON.stringify(bytes.slice(0, 70))}, at once and byte by byte`, async () => {
      const smuggled = "GET /never-behind HTTP/1.1\r\nHost: a\r\n\r\n";
      for (const pieces of [[bytes + smuggled], Array.from(bytes)]) {
        const text = await outcome(pieces);
        const responses = parseResponses(text);
        assert.equal(responses.length, 1, text);
        assert.equal(responses[0]?.status, status, text);
        assert.equal(responses[0]?.headers["connection"], "close");
        // The packet that shows whether it is a HEAD is not kept.
        if (responses[0]?.headers["quintet-error"] === undefined)
          assert.match(responses[0]?.body ?? "", why);
        else assert.ok(pieces.length > 1 && responses[0].body === "", text);
      }
      await server.logged(
        ({ msg = "", code = "" }) =>
          msg.startsWith(`127.0.0.1: ${status} `) && why.test(msg) && code.startsWith("QUINTET_"),
      );
    });
  }
});

test("neither those requests nor anything after them was run", async () => {
  await untilRequests(server, { running: 0, waiting: 0 });
  // Log lines are in order: after this one no earlier one comes.
  await fetch(`${server.url}/hello?afterwards`);
  await server.logged((line) => line.access?.path === "/hello?afterwards");
  const run = server.log().filter((line) => line.access?.path.includes("/never"));
  assert.ok(run.every((line) => line.access?.appMs === 0));
  assert.ok(run.every((line) => !line.access?.path.includes("behind")));
});

test("every method that node:http knows reaches the application", async () => {
  for (const method of METHODS.filter((each) => each !== "CONNECT")) {
    const connection = await raw(server.port);
    connection.write(`${method} /environ HTTP/1.1\r\nConnection: close\r\n${host}`);
    const { text } = await connection.closed();
    assert.match(text, /^HTTP\/1\.1 200 /, method);
    if (method !== "HEAD") assert.ok(text.includes(`"REQUEST_METHOD": "${method}"`), method);
  }
});

test("requests before a refused one are answered first", async () => {
  const slow = `GET /sleep?0.1 HTTP/1.1\r\n${host}`;
  const all = refused.map(async ([status, bytes]) => {
    const responses = parseResponses(await outcome([slow + bytes]));
    assert.deepEqual(
      responses.map((each) => each.status),
      [200, status],
      bytes,
    );
  });
  await Promise.all(all);
});

test("a chunked body without its end is 400, and its request is not run", async () => {
  const connection = await raw(server.port);
  connection.socket.end(post("Transfer-Encoding: chunked", "5\r\nhello\r\n"));
  const text = await connection.receives("\r\n\r\n");
  assert.match(text, /^HTTP\/1\.1 400 /);
  connection.destroy();
});

test("a client that closes its half of the connection gets its whole response", async () => {
  for (const request of [
    `GET /large?3000000 HTTP/1.1\r\n${host}`,
    `GET /sleep?0.5 HTTP/1.1\r\n${host}`,
    `GET /stream?3,0.2 HTTP/1.1\r\n${host}`,
    post("Content-Length: 5", "hello").replace("/never", "/echo"),
  ]) {
    const connection = await raw(server.port);
    connection.socket.allowHalfOpen = true;
    connection.socket.end(request);
    const { how, text } = await connection.closed();
    assert.equal(how, "end");
    assert.equal(parseResponses(text)[0]?.status, 200, request);
  }
});

test("data after a client's last request does not spoil the response", async () => {
  const connection = await raw(server.port);
  connection.socket.pause();
  connection.write(`GET /large?20000000 HTTP/1.1\r\nConnection: close\r\n${host}`);
  const more = setInterval(() => connection.write("x".repeat(10_000)), 20);
  try {
    await until(() => connection.socket.bytesWritten > 200_000, "much is sent behind it");
    connection.socket.resume();
    const text = await connection.receives(
      (all) => all.length > 20_000_000 && all.endsWith("\r\n0\r\n\r\n"),
    );
    assert.equal(parseResponses(text)[0]?.body.length, 20_000_000);
  } finally {
    clearInterval(more);
    connection.destroy();
  }
});
