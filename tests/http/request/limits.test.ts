import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { seenByFront } from "../../../testing/seen.ts";
import { serve } from "../../../testing/serve.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

const limits = {
  "--limit-request-line": "100",
  "--limit-request-fields": "10",
  "--limit-request-field-size": "200",
  "--limit-request-body": "1k",
};
let server: Running;
before(async () => {
  server = await start("basic", { args: ["--workers", "1", ...Object.entries(limits).flat()] });
});
after(async () => {
  await server.stop();
});

/** The whole response to these bytes. The server closes the connection after it. */
async function refused(text: string, on = server): Promise<string> {
  const connection = await raw(on.port);
  connection.write(text);
  const answer = (await connection.closed()).text;
  const [response] = parseResponses(answer);
  assert.equal(parseResponses(answer).length, 1, answer);
  assert.equal(response?.headers["connection"], "close");
  return answer;
}

async function statusOf(text: string): Promise<number | undefined> {
  const connection = await raw(server.port);
  connection.write(text);
  const answer = await connection.receives((all) => parseResponses(all).length === 1);
  connection.destroy();
  return parseResponses(answer)[0]?.status;
}

/** A request line of that many bytes. */
function line(size: number): string {
  const begin = "GET /hello?";
  const end = " HTTP/1.1";
  return begin + "x".repeat(size - begin.length - end.length) + end;
}
const get = (...lines: string[]): string =>
  ["GET /hello HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n");
const post = (...lines: string[]): string => get(...lines).replace("GET /hello", "POST /digest");

test("a request line of --limit-request-line bytes is accepted, and one byte more is answered 414", async () => {
  assert.equal(await statusOf(`${line(100)}\r\nHost: a\r\n\r\n`), 200);
  const answer = await refused(`${line(101)}\r\nHost: a\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 414 URI Too Long\r\n/);
  assert.match(answer, /QUINTET_LINE_TOO_LONG: the request line is longer than 100 bytes/);
});

test("a request line far beyond the limit is also answered 414", async (t) => {
  const own = await serve(t, "basic");
  for (const size of [8191, 30_000, 60_000, 1_000_000]) {
    const answer = await refused(`${line(size)}\r\nHost: a\r\n\r\n`, own);
    assert.match(answer, /^HTTP\/1\.1 414 /, String(size));
  }
});

test("a request line far beyond the limit in two packets is also answered 414", async (t) => {
  const own = await serve(t, "basic");
  const text = `${line(60_000)}\r\nHost: a\r\n\r\n`;
  const connection = await raw(own.port);
  connection.write(text.slice(0, 20_000));
  await seenByFront(own);
  connection.write(text.slice(20_000));
  assert.match((await connection.closed()).text, /^HTTP\/1\.1 414 /);
});

test("a request with --limit-request-fields header fields is accepted, and one more is answered 431", async () => {
  const fields = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => `X-${at}: 1`);
  assert.equal(await statusOf(get(...fields(9))), 200);
  const answer = await refused(get(...fields(10)));
  assert.match(answer, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  assert.match(answer, /QUINTET_FIELDS_TOO_LARGE: more than 10 header fields/);
});

test("a header field of --limit-request-field-size bytes is accepted, and one byte more is answered 431", async () => {
  assert.equal(await statusOf(get(`X-Name: ${"x".repeat(194)}`)), 200);
  const answer = await refused(get(`X-Name: ${"x".repeat(195)}`));
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.match(answer, /a header field is larger than 200 bytes/);
});

test("all fields together may be four times as large as one", async () => {
  const fields = (count: number): string[] =>
    Array.from({ length: count }, () => `X-Name: ${"x".repeat(180)}`);
  assert.equal(await statusOf(get(...fields(4))), 200);
  assert.match(await refused(get(...fields(6))), /^HTTP\/1\.1 431 /);
  assert.match(await refused(get(`X-Name: ${"x".repeat(500_000)}`)), /^HTTP\/1\.1 431 /);
});

test("limits of 0 are none", async (t) => {
  const args = Object.keys(limits).flatMap((name) => [name, "0"]);
  const own = await serve(t, "basic", { args });
  const large = `X-Large: ${"x".repeat(100_000)}`;
  const many = Array.from({ length: 500 }, (_, at) => `X-${at}: 1`);
  const connection = await raw(own.port);
  connection.write(get(large, ...many).replace("/hello", `/hello?${"x".repeat(100_000)}`));
  await connection.receives("Hello, world!");
  connection.destroy();
});

test("a body that announces more than --limit-request-body is answered 413 before it is sent", async () => {
  const answer = await refused(post("Content-Length: 1025"));
  assert.match(answer, /^HTTP\/1\.1 413 Payload Too Large\r\n/);
  assert.match(answer, /QUINTET_BODY_TOO_LARGE: the body has 1025 bytes; the limit is 1024/);
  const expecting = await refused(post("Content-Length: 1025", "Expect: 100-continue"));
  assert.match(expecting, /^HTTP\/1\.1 413 /);
});

test("a chunked body is answered 413 as soon as it exceeds --limit-request-body", async () => {
  const chunk = `258\r\n${"x".repeat(600)}\r\n`;
  const path = "/digest?chunked";
  const head = post("Transfer-Encoding: chunked").replace("/digest", path);
  assert.match(await refused(head + chunk + chunk), /^HTTP\/1\.1 413 /);
  const line = await server.logged((each) => each.access?.path === path);
  assert.equal(line.access?.status, 413);
});

test("a body of exactly --limit-request-body bytes is accepted", async () => {
  assert.equal(await statusOf(`${post("Content-Length: 1024")}${"x".repeat(1024)}`), 200);
  const chunked = `${post("Transfer-Encoding: chunked")}400\r\n${"x".repeat(1024)}\r\n0\r\n\r\n`;
  assert.equal(await statusOf(chunked), 200);
});

test("a client that sends all of a body that is too large still reads its 413", async () => {
  const connection = await raw(server.port);
  connection.write(post("Content-Length: 3000000"));
  for (let part = 0; part < 30; part += 1) connection.write("x".repeat(100_000));
  const { how, text } = await connection.closed();
  assert.equal(how, "end");
  assert.match(text, /^HTTP\/1\.1 413 /);
});

test("each refused request has one line that says why, also without an access log", async (t) => {
  const own = await serve(t, "basic", { args: ["--no-access-log", "--limit-request-body", "9"] });
  for (const [text, expected] of [
    [
      post("Content-Length: 10"),
      "127.0.0.1: 413 Payload Too Large: the body has 10 bytes; the limit is 9",
    ],
    [get("Host: b"), "127.0.0.1: 400 Bad Request: there is more than one Host"],
    [get("X Y: b"), "127.0.0.1: 400 Bad Request: Invalid header token"],
    [get("Expect: wonders"), '127.0.0.1: 417 Expectation Failed: Expect is "wonders"'],
  ] as const) {
    await refused(text, own);
    const { code } = await own.logged((line) => line.msg === expected);
    assert.match(code ?? "", /^QUINTET_/);
    assert.equal(own.log().filter((line) => line.msg === expected).length, 1);
  }
});

test("a body may have 1 GiB by default, and another size by path", async (t) => {
  const own = await serve(t, "basic");
  const gib = 1024 ** 3;
  for (const [length, status] of [
    [gib + 1, 413],
    [gib, 100],
  ] as const) {
    const connection = await raw(own.port);
    connection.write(
      `POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await connection.receives(new RegExp(`^HTTP/1\\.1 ${status} `));
    connection.destroy();
  }
  const paths = ["--limit-request-body", "100", "--limit-request-body", "/digest=200"];
  for (const buffering of ["true", "false"]) {
    const args = [...paths, "--limit-request-body", "/echo*=0", "--request-buffering", buffering];
    const byPath = await serve(t, "basic", { args });
    const asked = async (path: string, size: number): Promise<number> => {
      const options = { method: "POST", body: "x".repeat(size) };
      return (await fetch(byPath.url + path, options)).status;
    };
    assert.equal(await asked("/hello", 101), 413);
    assert.equal(await asked("/hello", 100), 200);
    // In each spelling of the path.
    assert.equal(await asked("/%64igest", 200), 200);
    assert.equal(await asked("/digest", 201), 413);
    assert.equal(await asked("/echo", 2_000_000), 200);
  }
});
