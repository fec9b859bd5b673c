import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

let server: Running;
before(async () => {
  server = await start("basic", { args: ["--workers", "1"] });
});
after(async () => {
  await server.stop();
});

type Environ = Record<string, string | number | boolean | number[]>;

/** The environ of a request with these lines in its head. */
async function environOf(target: string, ...headers: string[]): Promise<Environ> {
  const connection = await raw(server.port);
  connection.write(["GET", target, "HTTP/1.1\r\n"].join(" "));
  const host = headers.some((each) => /^host:/i.test(each)) ? [] : ["Host: shop.example"];
  connection.write(Buffer.from(`${[...host, ...headers].join("\r\n")}\r\n\r\n`, "latin1"));
  const text = await connection.receives((received) => parseResponses(received).length === 1);
  connection.destroy();
  const [response] = parseResponses(text);
  assert.equal(response?.status, 200, text);
  return JSON.parse(response?.body ?? "") as Environ;
}

async function statusOf(target: string | Buffer): Promise<number | undefined> {
  const connection = await raw(server.port);
  const tail = " HTTP/1.1\r\nHost: a\r\n\r\n";
  connection.write(Buffer.concat([Buffer.from("GET "), Buffer.from(target), Buffer.from(tail)]));
  const text = await connection.receives((received) => parseResponses(received).length === 1);
  connection.destroy();
  return parseResponses(text)[0]?.status;
}

test("the variables of PEP 3333 are there, and are native strings", async () => {
  const environ = await environOf("/environ/page?a=1&b=2");
  assert.equal(environ["REQUEST_METHOD"], "GET");
  assert.equal(environ["SCRIPT_NAME"], "");
  assert.equal(environ["PATH_INFO"], "/environ/page");
  assert.equal(environ["QUERY_STRING"], "a=1&b=2");
  assert.equal(environ["SERVER_NAME"], "127.0.0.1");
  assert.equal(environ["SERVER_PORT"], String(server.port));
  assert.equal(environ["SERVER_PROTOCOL"], "HTTP/1.1");
  assert.equal(environ["REMOTE_ADDR"], "127.0.0.1");
  assert.match(String(environ["REMOTE_PORT"]), /^\d+$/);
  assert.equal(environ["HTTP_HOST"], "shop.example");
  assert.equal(environ["SERVER_SOFTWARE"], "quintet");
  assert.ok(!("CONTENT_LENGTH" in environ));
  assert.ok(!("CONTENT_TYPE" in environ));
});

test("the variables of wsgi.* are of the types that PEP 3333 gives them", async () => {
  const environ = await environOf("/environ");
  assert.deepEqual(environ["wsgi.version"], [1, 0]);
  assert.equal(environ["wsgi.url_scheme"], "http");
  assert.equal(environ["wsgi.multithread"], false);
  assert.equal(environ["wsgi.multiprocess"], false);
  assert.equal(environ["wsgi.run_once"], false);
  assert.match(String(environ["wsgi.input"]), /BytesIO/);
  assert.match(String(environ["wsgi.errors"]), /<stderr>/);
  assert.match(String(environ["wsgi.file_wrapper"]), /FileWrapper/);
});

test("PATH_INFO is percent-decoded bytes, each of them one character", async () => {
  const path = async (target: string): Promise<unknown> => (await environOf(target))["PATH_INFO"];
  assert.equal(await path("/environ/%E2%82%AC"), "/environ/\u00e2\u0082\u00ac");
  assert.equal(await path("/environ/a%2Fb"), "/environ/a/b");
  assert.equal(await path("/environ/%252F"), "/environ/%2F");
  assert.equal(await path("/environ/a+b%20c"), "/environ/a+b c");
  assert.equal(await path("/environ/100%"), "/environ/100%");
  assert.equal(await path("/environ/%zz"), "/environ/%zz");
  assert.equal(await path("/environ//double///slash/"), "/environ//double///slash/");
  assert.equal(await path("/environ/../up/./x"), "/environ/../up/./x");
});

test("bytes above 127 stand escaped in a target, or it is refused", async () => {
  assert.equal(await statusOf(Buffer.from("/environ/\xe2\x82\xac", "latin1")), 400);
});

test("QUERY_STRING is unchanged", async () => {
  const environ = await environOf("/environ?a=%2F%00&b=%E2%82%AC&&c??d=/../");
  assert.equal(environ["QUERY_STRING"], "a=%2F%00&b=%E2%82%AC&&c??d=/../");
  assert.equal((await environOf("/environ?"))["QUERY_STRING"], "");
});

test("a path with a NUL is refused, and the connection stays in step", async () => {
  assert.equal(await statusOf("/environ/%00"), 400);
  assert.equal(await statusOf("/%00"), 400);
  assert.equal(await statusOf(Buffer.from([0x2f, 0x00])), 400);
  await server.logged((line) => line.access?.path === "/%00" && line.access.status === 400);
});

test("an invalid path is refused", async () => {
  for (const target of ["environ", "*", "ftp://a/environ", "mailto:me"]) {
    assert.equal(await statusOf(target), 400, target);
  }
});

test("REQUEST_ID is the one in the log", async () => {
  const environ = await environOf("/environ/request-id");
  const line = await server.logged((each) => each.access?.path === "/environ/request-id");
  assert.ok(line.request);
  assert.equal(environ["REQUEST_ID"], line.request);
});

test("wsgi.multithread and wsgi.multiprocess describe how the application is run", async () => {
  const own = await start("basic", { args: ["--workers", "2", "--threads", "2"] });
  const environ = (await (await fetch(`${own.url}/environ`)).json()) as Environ;
  await own.stop();
  assert.equal(environ["wsgi.multithread"], true);
  assert.equal(environ["wsgi.multiprocess"], true);
});

test("forwarded headers do not change the server's own variables: no proxy is trusted", async () => {
  const environ = await environOf(
    "/environ",
    "X-Forwarded-For: 203.0.113.9",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Prefix: /evil",
    "Forwarded: for=203.0.113.9;proto=https;host=evil.example",
    "X-Real-IP: 203.0.113.9",
    "REMOTE_ADDR: 203.0.113.9",
    "Remote-Addr: 203.0.113.9",
  );
  assert.equal(environ.REMOTE_ADDR, "127.0.0.1");
  assert.equal(environ["wsgi.url_scheme"], "http");
  assert.equal(environ.HTTP_HOST, "shop.example");
  assert.equal(environ.SCRIPT_NAME ?? "", "");
  assert.equal(environ.HTTPS, undefined);
});
