import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { parseResponses } from "../../testing/http.ts";
import { listen, type Listening } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";
import { raw } from "../../testing/socket.ts";

const application = getPythonApplication("basic", {
  project: apps,
  python,
  workers: 1,
  logLevel: "error",
  limitRequestBody: 100,
  limitRequestFields: 5,
  bodyTimeout: 0.5,
  gracefulTimeout: 1,
});
let server: Listening;
before(async () => {
  server = await listen(application.handler);
});
after(async () => {
  await application.close();
  await server.close();
});

const post = (fields: string, body: string, version = "1.1"): string =>
  `POST /digest HTTP/${version}\r\nHost: a\r\n${fields}\r\n\r\n${body}`;
const chunks = "5\r\nhello\r\n0\r\n\r\n";

const refused: [number, string][] = [
  [400, "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n"],
  [400, "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
  [400, post("Transfer-Encoding: chunked", chunks, "1.0")],
  [400, post("Content-Type: a/b\r\nContent-Type: a/c\r\nContent-Length: 0", "")],
  [400, post("Transfer-Encoding: chunked", "0\r\nAuthorization: evil\r\n\r\n")],
  [408, post("Content-Length: 100", "x")],
  [413, post("Content-Length: 101", "")],
  [413, post("Transfer-Encoding: chunked", `65\r\n${"x".repeat(101)}\r\n`)],
  [431, post("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nContent-Length: 0", "")],
  [501, post("Transfer-Encoding: gzip, chunked", chunks)],
  [505, "GET /hello HTTP/2.0\r\nHost: a\r\n\r\n"],
];

for (const [status, bytes] of refused) {
  test(`a server of one's own: ${status} for ${JSON.stringify(bytes.slice(0, 60))}`, async () => {
    const connection = await raw(server.port);
    // Behind what is the last request for node:http already, this server answers 400 at once.
    const alone = status === 408 || status === 505;
    connection.write(`${bytes}${alone ? "" : "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"}`);
    const { text } = await connection.closed();
    assert.deepEqual(
      parseResponses(text).map((each) => each.status),
      [status],
    );
  });
}

test("an incomplete body uses no space once it has timed out", async () => {
  const small = getPythonApplication("basic", {
    project: apps,
    python,
    workers: 1,
    logLevel: "error",
    spoolLimit: 4_000_000,
    bodyTimeout: 0.5,
  });
  const own = await listen(small.handler);
  for (let count = 0; count < 2; count += 1) {
    const connection = await raw(own.port);
    connection.write(post("Content-Length: 2000000", "x".repeat(1_000_000)));
    assert.match((await connection.closed()).text, /QUINTET_CLIENT_SLOW/);
  }
  const body = Buffer.alloc(2_000_000);
  const response = await fetch(`${own.url}/digest`, { method: "POST", body });
  await small.close();
  await own.close();
  assert.equal(response.status, 200);
});
