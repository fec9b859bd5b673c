import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseResponses } from "../../../testing/http.ts";
import { type Running, start } from "../../../testing/server.ts";
import { raw } from "../../../testing/socket.ts";

let server: Running;
before(async () => {
  server = await start("basic", { args: ["--workers", "1", "--limit-request-fields", "0"] });
});
after(async () => {
  await server.stop();
});

/** The environ of this request. */
async function environOf(lines: string[], body = ""): Promise<Record<string, string>> {
  const connection = await raw(server.port);
  connection.write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1"));
  const text = await connection.receives((received) => parseResponses(received).length === 1);
  connection.destroy();
  const [response] = parseResponses(text);
  assert.equal(response?.status, 200, text);
  return JSON.parse(response?.body ?? "") as Record<string, string>;
}

const get = (...headers: string[]): Promise<Record<string, string>> =>
  environOf(["GET /environ HTTP/1.1", "Host: a", ...headers]);

test("a header is HTTP_ and its name", async () => {
  const environ = await get("X-Forwarded-For: 10.0.0.1", "accept-LANGUAGE:  de ", "X-Empty:");
  assert.equal(environ["HTTP_X_FORWARDED_FOR"], "10.0.0.1");
  assert.equal(environ["HTTP_ACCEPT_LANGUAGE"], "de");
  assert.equal(environ["HTTP_X_EMPTY"], "");
});

test("a header's bytes arrive as latin-1, as PEP 3333 wants them", async () => {
  assert.equal(
    (await get("X-Name: J\xfcrgen \xe2\x82\xac"))["HTTP_X_NAME"],
    "J\xfcrgen \xe2\x82\xac",
  );
});

test("the values of a repeated header are joined by a comma, those of Cookie by a semicolon", async () => {
  const environ = await get("X-A: 1", "Cookie: a=1", "X-A: 2", "X-B: b", "Cookie: b=2", "X-A: 3");
  assert.equal(environ["HTTP_X_A"], "1,2,3");
  assert.equal(environ["HTTP_X_B"], "b");
  assert.equal(environ["HTTP_COOKIE"], "a=1; b=2");
});

test("a header that is repeated in another spelling is still the same header", async () => {
  const environ = await get("X-A: 1", "x-a: 2", "Cookie: a=1", "cookie: b=2", "COOKIE: c=3");
  assert.equal(environ["HTTP_X_A"], "1,2");
  assert.equal(environ["HTTP_COOKIE"], "a=1; b=2; c=3");
});

test("a header repeated in one request does not affect the next request", async () => {
  await get("X-A: 1", "X-A: 2");
  assert.equal((await get("X-A: 3"))["HTTP_X_A"], "3");
});

test("headers with an underscore, and Proxy, are dropped", async () => {
  const environ = await get(
    "X_Forwarded_For: evil",
    "X-Forwarded-For: good",
    "Proxy: evil",
    "PROXY: evil",
  );
  assert.equal(environ["HTTP_X_FORWARDED_FOR"], "good");
  assert.ok(!("HTTP_PROXY" in environ));
});

test("a header cannot pass for a variable of the server", async () => {
  const environ = await get(
    "Remote-Addr: 6.6.6.6",
    "Script-Name: /evil",
    "Content-Type: text/plain",
  );
  assert.equal(environ["REMOTE_ADDR"], "127.0.0.1");
  assert.equal(environ["SCRIPT_NAME"], "");
  assert.equal(environ["CONTENT_TYPE"], "text/plain");
  assert.ok(!("HTTP_CONTENT_TYPE" in environ));
});

test("CONTENT_TYPE and CONTENT_LENGTH have no HTTP_", async () => {
  const head = [
    "POST /environ HTTP/1.1",
    "Host: a",
    "Content-Type: text/x; a=b",
    "Content-Length: 5",
  ];
  const environ = await environOf(head, "12345");
  assert.equal(environ["CONTENT_TYPE"], "text/x; a=b");
  assert.equal(environ["CONTENT_LENGTH"], "5");
  assert.ok(!("HTTP_CONTENT_TYPE" in environ) && !("HTTP_CONTENT_LENGTH" in environ));
});

test("the host of a target in absolute form overrides the Host header (RFC 9112)", async () => {
  const environ = await environOf([
    "GET http://shop.example:81/environ?a=b HTTP/1.1",
    "Host: other",
  ]);
  assert.equal(environ["PATH_INFO"], "/environ");
  assert.equal(environ["QUERY_STRING"], "a=b");
  assert.equal(environ["HTTP_HOST"], "shop.example:81");
  const bare = await environOf(["OPTIONS http://shop.example/environ HTTP/1.1", "Host: other"]);
  assert.equal(bare["REQUEST_METHOD"], "OPTIONS");
});

test("uncommon methods reach the application", async () => {
  for (const method of ["PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"]) {
    const environ = await environOf([`${method} /environ HTTP/1.1`, "Host: a"]);
    assert.equal(environ["REQUEST_METHOD"], method);
  }
});

test("thousands of different header names do not affect later requests", async () => {
  for (let round = 0; round < 50; round += 1) {
    const many = Array.from({ length: 50 }, (_, index) => `X-Junk-${round}-${index}: ${index}`);
    assert.equal((await get(...many))[`HTTP_X_JUNK_${round}_49`], "49");
  }
  const environ = await get(
    "X-New-A: 1",
    "X-New-B: b",
    "x-new-a: 2",
    "X-New-A: 3",
    "Cookie: a",
    "Cookie: b",
  );
  assert.equal(environ["HTTP_X_NEW_A"], "1,2,3");
  assert.equal(environ["HTTP_X_NEW_B"], "b");
  assert.equal(environ["HTTP_COOKIE"], "a; b");
  assert.equal((await get("X-New-A: 4"))["HTTP_X_NEW_A"], "4");
});

test("a flood of headers cannot crowd out what a proxy adds at the end", async () => {
  const many = Array.from({ length: 2100 }, () => "a:");
  assert.equal(
    (await get(...many, "X-Forwarded-For: 10.0.0.1"))["HTTP_X_FORWARDED_FOR"],
    "10.0.0.1",
  );
});
