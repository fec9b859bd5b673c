import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { parseResponses } from "../../../testing/http.ts";
import { site } from "../../../testing/paths.ts";
import { serve } from "../../../testing/serve.ts";
import { seenByFront } from "../../../testing/seen.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";
import { folderWith } from "../../../testing/temp.ts";

// node:http drops what follows an offer to upgrade in the same packet, such as the head of a POST.

const run = promisify(execFile);

let server: Running;
before(async () => {
  const args = ["--workers", "1", "--threads", "8", "--liveness-path", "/livez"];
  server = await start("basic", { args });
});
after(async () => {
  await server.stop();
});

const inner = "GET /hello?inner HTTP/1.1\r\nHost: a\r\n\r\n";
const outer = `POST /echo?outer HTTP/1.1\r\nHost: a\r\nContent-Length: ${inner.length}\r\n\r\n`;

/** The responses to an offer, the head of a POST after it, and the body of the POST in a packet of its own. */
async function answers(to: Running, offer: string): Promise<[number, string | undefined][]> {
  const connection = await raw(to.port);
  connection.write(offer + outer);
  await seenByFront(to);
  connection.write(inner);
  const { how, text } = await connection.closed();
  assert.equal(how, "end", text);
  return parseResponses(text).map(({ status, headers }) => [status, headers["connection"]]);
}

/** Nothing that followed it has run. Log lines are in order, so one line shows that no other has come. */
async function nothingBehind(of: Running): Promise<void> {
  await fetch(`${of.url}/hello?afterwards`);
  await of.logged((line) => line.access?.path === "/hello?afterwards");
  const paths = of.log().map((line) => line.access?.path ?? "");
  assert.deepEqual(
    paths.filter((path) => /inner|outer/.test(path)),
    [],
  );
}

const offer = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const h2c =
  "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";
const chunks = "2\r\nab\r\n0\r\n\r\n";

const offers: [string, number, string][] = [
  ["a websocket", 200, `GET /hello HTTP/1.1\r\nHost: a\r\n${offer}\r\n`],
  ["HTTP/2", 200, `GET /hello HTTP/1.1\r\nHost: a\r\n${h2c}\r\n`],
  [
    "one that Connection does not name",
    200,
    "GET /hello HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n",
  ],
  ["with a body", 200, `POST /echo HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: 2\r\n\r\nab`],
  [
    "with chunks",
    200,
    `POST /echo HTTP/1.1\r\nHost: a\r\n${offer}Transfer-Encoding: chunked\r\n\r\n${chunks}`,
  ],
  [
    "with no body at all",
    200,
    `POST /echo HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: 0\r\n\r\n`,
  ],
  [
    "of HTTP/1.0",
    200,
    `GET /hello HTTP/1.0\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: x\r\n\r\n`,
  ],
  ["to no view", 404, `GET /nowhere HTTP/1.1\r\nHost: a\r\n${offer}\r\n`],
  ["that is refused", 400, `GET /hello HTTP/1.1\r\n${offer}\r\n`],
  ["that expects something", 417, `GET /hello HTTP/1.1\r\nHost: a\r\nExpect: x\r\n${offer}\r\n`],
  ["that the front answers", 200, `GET /livez HTTP/1.1\r\nHost: a\r\n${offer}\r\n`],
];

describe("an offer is answered as any request, and is the last of its connection", () => {
  for (const [what, status, bytes] of offers) {
    test(what, async () => {
      assert.deepEqual(await answers(server, bytes), [[status, "close"]]);
      await nothingBehind(server);
    });
  }

  test("while the request before it runs", async () => {
    const slow = "GET /sleep?0.2 HTTP/1.1\r\nHost: a\r\n\r\n";
    const found = await answers(server, `${slow}GET /hello HTTP/1.1\r\nHost: a\r\n${offer}\r\n`);
    assert.deepEqual(
      found.map(([status]) => status),
      [200, 200],
    );
    await nothingBehind(server);
  });

  test("while it runs itself", async () => {
    const bytes = `GET /sleep?0.2 HTTP/1.1\r\nHost: a\r\n${offer}\r\n`;
    assert.deepEqual(await answers(server, bytes), [[200, "close"]]);
    await nothingBehind(server);
  });

  for (const length of ["", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"]) {
    test(`CONNECT ${length.trim()}`, async () => {
      const bytes = `CONNECT a:80 HTTP/1.1\r\nHost: a\r\n${length}\r\n`;
      assert.deepEqual(await answers(server, bytes), [[501, "close"]]);
      await nothingBehind(server);
    });
  }
});

test("also for a file, and where the body goes to the application as it comes", async (t) => {
  const folder = folderWith({ "static/a.txt": "text" });
  const files = await serve(t, "tiny.wsgi", { cwd: site, env: { SITE_ROOT: folder } });
  const file = `GET /static/a.txt HTTP/1.1\r\nHost: a\r\n${offer}\r\n`;
  assert.deepEqual(await answers(files, file), [[200, "close"]]);
  const streamed = await serve(t, "basic", { args: ["--request-buffering", "false"] });
  for (const bytes of [
    `POST /echo HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: 2\r\n\r\nab`,
    `POST /hello HTTP/1.1\r\nHost: a\r\n${offer}Content-Length: 2\r\n\r\nab`,
  ]) {
    assert.deepEqual(await answers(streamed, bytes), [[200, "close"]]);
  }
  await nothingBehind(streamed);
});

test("real clients that offer something get their answer", async () => {
  const { stdout } = await run("curl", [
    "-sS",
    "--http2",
    "-w",
    "%{http_version}",
    "-d",
    "body",
    `${server.url}/echo`,
  ]);
  assert.equal(stdout, "body1.1");
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/hello`);
  const opened = await new Promise((resolve) => {
    socket.addEventListener("open", () => resolve(true));
    socket.addEventListener("error", () => resolve(false));
  });
  assert.equal(opened, false);
  assert.equal((await fetch(`${server.url}/hello`)).status, 200);
});
