import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { type Running, start } from "../../../testing/server.ts";
import { seenByFront } from "../../../testing/seen.ts";
import { raw } from "../../../testing/socket.ts";

// Every response of the front itself, to each method: it has a Date, its framing is exact, HEAD gets no body, and if the
// connection is closed, it says so.

const host = "Host: a\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";
const many = "X: 1\r\n".repeat(20);

/** The status, the request after its method, and whether the method does not matter. */
type Refused = [status: number, what: string, request: string, fixed?: string];

const refused: Refused[] = [
  [400, "no Host", ` / HTTP/1.1\r\n\r\n`],
  [400, "two Hosts", ` / HTTP/1.1\r\n${host}${host}\r\n`],
  [400, "a field without a colon", ` / HTTP/1.1\r\n${host}field\r\n\r\n`],
  [400, "a blank before a colon", ` / HTTP/1.1\r\n${host}X : 1\r\n\r\n`],
  [400, "a control character", ` / HTTP/1.1\r\n${host}X: \x01\r\n\r\n`],
  [400, "a bare CR", ` / HTTP/1.1\r\n${host}X: 1\rY: 1\r\n\r\n`],
  [400, "two lengths", ` / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
  [400, "a length that is none", ` / HTTP/1.1\r\n${host}Content-Length: +1\r\n\r\n`],
  [400, "length and chunks", ` / HTTP/1.1\r\n${host}Content-Length: 1\r\n${chunked}\r\n0\r\n\r\n`],
  [400, "a chunk that is none", ` / HTTP/1.1\r\n${host}${chunked}\r\nZ\r\n`],
  [400, "chunks behind good ones", ` / HTTP/1.1\r\n${host}${chunked}\r\n2\r\nab\r\nZ\r\n`],
  [400, "trailers", ` / HTTP/1.1\r\n${host}${chunked}\r\n0\r\nHost: a\r\n\r\n`],
  [400, "a target that is none", ` * HTTP/1.1\r\n${host}\r\n`],
  [400, "a tab behind the method", `\t/ HTTP/1.1\r\n${host}\r\n`],
  [413, "an announced length", ` / HTTP/1.1\r\n${host}Content-Length: 200\r\n\r\n`],
  [413, "chunks", ` / HTTP/1.1\r\n${host}${chunked}\r\n78\r\n${"x".repeat(120)}\r\n0\r\n\r\n`],
  [413, "chunk extensions", ` / HTTP/1.1\r\n${host}${chunked}\r\n1;${"x".repeat(20_000)}`],
  [414, "a line", ` /${"x".repeat(210)} HTTP/1.1\r\n${host}\r\n`],
  [414, "a line for the parser", ` /${"x".repeat(9000)} HTTP/1.1\r\n${host}\r\n`],
  [417, "an expectation", ` / HTTP/1.1\r\n${host}Expect: x\r\n\r\n`],
  [
    417,
    "an expectation with a body",
    ` / HTTP/1.1\r\n${host}Expect: x\r\nContent-Length: 50\r\n\r\n`,
  ],
  [431, "fields", ` / HTTP/1.1\r\n${host}${many}\r\n`],
  [431, "a field", ` / HTTP/1.1\r\n${host}X: ${"x".repeat(400)}\r\n\r\n`],
  [431, "a field for the parser", ` / HTTP/1.1\r\n${host}X: ${"x".repeat(9000)}\r\n\r\n`],
  [501, "a coding", ` / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  [501, "a method", ` / HTTP/1.1\r\n${host}\r\n`, "HEADS"],
  [501, "CONNECT", ` a:80 HTTP/1.1\r\n${host}\r\n`, "CONNECT"],
  [505, "a version", ` / HTTP/1.2\r\n${host}\r\n`],
  [505, "a version that the parser knows", ` / HTTP/2.0\r\n${host}\r\n`],
  [505, "no version", ` /\r\n\r\n`],
  [505, "the preface of HTTP/2", ` * HTTP/2.0\r\n\r\nSM\r\n\r\n`, "PRI"],
  [400, "no HTTP", "\x16\x03\x01 / HTTP/1.1\r\n\r\n", ""],
];

/** The one response, with its framing checked against all bytes that came. */
function checked(text: string, isHead: boolean, status: number): Record<string, string> {
  const end = text.indexOf("\r\n\r\n") + 4;
  assert.ok(end > 4, text);
  const [answer] = parseResponses(text, isHead ? ["HEAD"] : []);
  assert.equal(answer?.status, status, text);
  const { headers } = answer;
  const age = Date.now() - Date.parse(headers.date ?? "");
  assert.ok(age > -5000 && age < 600_000, `Date is ${headers.date}`);
  assert.match(headers.date ?? "", /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  const length = Buffer.byteLength(text.slice(end), "latin1");
  if (isHead) assert.equal(length, 0, text);
  else assert.equal(headers["content-length"], String(length), text);
  return headers;
}

/** How the bytes are sent, and whether the error may be only in the head. */
const ways: [string, (bytes: string) => string[]][] = [
  ["whole", (bytes) => [bytes]],
  ["cut in the method", (bytes) => [bytes.slice(0, 2), bytes.slice(2)]],
  ["cut behind the line", (bytes) => bytes.split(/(?<=^[^\n]*\n)/)],
  ["cut in the fields", (bytes) => [bytes.slice(0, 20), bytes.slice(20)]],
  ["cut before its end", (bytes) => [bytes.slice(0, -1), bytes.slice(-1)]],
  [
    "behind a body that ends without a line end",
    (bytes) => [`POST /echo HTTP/1.1\r\n${host}Content-Length: 3\r\n\r\nabc${bytes}`],
  ],
];

describe("refusals", () => {
  let server: Running;
  before(async () => {
    const limits = {
      "--limit-request-body": "100",
      "--limit-request-line": "200",
      "--limit-request-fields": "10",
      "--limit-request-field-size": "300",
    };
    const args = ["--workers", "1", "--threads", "8", ...Object.entries(limits).flat()];
    server = await start("basic", { args });
  });
  after(async () => {
    await server.stop();
  });

  for (const [status, what, rest, fixed] of refused) {
    for (const method of fixed === undefined ? ["GET", "POST", "HEAD"] : [fixed]) {
      test(`${status} for ${what}, to ${method || "what is no method"}`, async () => {
        await Promise.all(
          ways.map(async ([way, cut]) => {
            const connection = await raw(server.port);
            connection.socket.setNoDelay();
            for (const piece of cut(Buffer.from(method + rest, "latin1").toString("latin1"))) {
              connection.write(Buffer.from(piece, "latin1"));
              if (way.startsWith("cut")) await seenByFront(server);
            }
            const { how, text: all } = await connection.closed();
            assert.equal(how, "end", way);
            // The request before it has its own response.
            const text = way.startsWith("behind") ? all.slice(all.indexOf("abc") + 3) : all;
            const headers = checked(text, method === "HEAD", status);
            assert.equal(headers.connection, "close");
            if (text.endsWith("\r\n\r\n")) {
              assert.match(headers["quintet-error"] ?? "", /^QUINTET_[A-Z_]+$/, way);
              assert.ok(method === "HEAD" || way.startsWith("cut"), way);
            }
          }),
        );
      });
    }
  }
});

const post = "Content-Length: 10\r\n\r\n0123456789";
const big = `Content-Length: 300\r\n\r\n${"x".repeat(300)}`;

/** The status, and the request after its method. */
const failed: [status: number, what: string, request: string][] = [
  [404, "no view", ` /nowhere HTTP/1.1\r\n${host}\r\n`],
  [404, "no view, with a body", ` /nowhere HTTP/1.1\r\n${host}${post}`],
  [405, "a probe that is none", ` /livez HTTP/1.1\r\n${host}\r\n`],
  [405, "a probe with a body", ` /livez HTTP/1.1\r\n${host}${post}`],
  [408, "a head", ` / HTTP/1.1\r\n${host}`],
  [408, "a body", ` /echo HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nx`],
  [408, "chunks", ` /echo HTTP/1.1\r\n${host}${chunked}\r\n1\r\nx\r\n`],
  [500, "an application that raises", ` /boom HTTP/1.1\r\n${host}\r\n`],
  [502, "a worker that dies", ` /die HTTP/1.1\r\n${host}\r\n`],
  [502, "a worker that dies with a body", ` /die HTTP/1.1\r\n${host}${post}`],
  [503, "a body for which there is no room", ` /echo HTTP/1.1\r\n${host}${big}`],
  [503, "a body of which more comes", ` /echo HTTP/1.1\r\n${host}${big.slice(0, -1)}`],
  [503, "a body that is expected", ` /echo HTTP/1.1\r\n${host}Expect: 100-continue\r\n${big}`],
  [504, "a view that hangs", ` /sleep?30 HTTP/1.1\r\n${host}\r\n`],
];

describe("what fails", { concurrency: 6 }, () => {
  let server: Running;
  before(async () => {
    const settings = {
      "--header-timeout": "1",
      "--body-timeout": "1",
      "--spool-limit": "200",
      "--body-memory": "100",
      "--liveness-path": "/livez",
    };
    const timeout = ["--timeout", "60", "--timeout", "/sleep=0.5"];
    const args = ["--workers", "2", ...timeout, ...Object.entries(settings).flat()];
    server = await start("basic", { args });
  });
  after(async () => {
    await server.stop();
  });

  for (const [status, what, rest] of failed) {
    for (const method of ["GET", "POST", "HEAD"]) {
      const isOk = status === 405 && method !== "POST";
      test(`${status} for ${what}, to ${method}`, async () => {
        const connection = await raw(server.port);
        connection.write(method + rest);
        const text = await connection.receives(
          (all) => parseResponses(all, [method]).length > 0 || connection.socket.closed,
        );
        const isHead = method === "HEAD" || text.includes("Content-Length: 0");
        const headers = checked(text, isHead, isOk ? 200 : status);
        if (headers.connection !== "close") {
          connection.write(`GET /hello HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
        }
        const { how, text: all } = await connection.closed();
        assert.equal(how, "end");
        const behind = all.slice(text.length);
        if (headers.connection === "close") assert.equal(behind, "");
        else assert.match(behind, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nHello, world!\n$/);
        if (status === 408 || status === 503) assert.equal(headers.connection, "close");
      });
    }
  }
});
