import assert from "node:assert/strict";
import { after, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import { apps, python } from "../../testing/paths.ts";

const options = { project: apps, python, logLevel: "error" } as const;
const basic = getPythonApplication("basic", options);
const answers = getPythonApplication("answers", options);
after(() => Promise.all([basic.close(), answers.close()]));

const SITE = "http://shop.example:8080";

test("a Request goes in, a Response comes out", async () => {
  const response = await basic.fetch(new Request(`${SITE}/`));
  assert.ok(response instanceof Response);
  assert.equal(response.status, 200);
  assert.equal(response.statusText, "OK");
  assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert.equal(await response.text(), "Hello, world!\n");
});

test("fetch needs no `this`", async () => {
  const { fetch } = basic;
  assert.equal((await fetch(new Request(SITE))).status, 200);
});

test("the environ describes the request", async () => {
  const url = `${SITE}/environ/caf%C3%A9/a%2Fb?x=%20&y=1#part`;
  const headers = { "X-Two-Words": "a", Accept: "text/html", "X-Latin": "\xe9" };
  const seen = (await (await basic.fetch(new Request(url, { headers }))).json()) as Record<
    string,
    string
  >;
  const expected = {
    REQUEST_METHOD: "GET",
    SCRIPT_NAME: "",
    PATH_INFO: "/environ/caf\xc3\xa9/a/b",
    QUERY_STRING: "x=%20&y=1",
    REQUEST_URI: "/environ/caf%C3%A9/a%2Fb?x=%20&y=1",
    SERVER_NAME: "shop.example",
    SERVER_PORT: "8080",
    SERVER_PROTOCOL: "HTTP/1.1",
    HTTP_HOST: "shop.example:8080",
    HTTP_X_TWO_WORDS: "a",
    HTTP_ACCEPT: "text/html",
    HTTP_X_LATIN: "\xe9",
    "wsgi.url_scheme": "http",
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(seen[name], value, name);
  assert.equal(seen.CONTENT_LENGTH, undefined);
  assert.equal(seen.CONTENT_TYPE, undefined);
});

test("a default port is in SERVER_PORT, and not in the Host", async () => {
  const seen = (await (
    await basic.fetch(new Request("https://shop.example/environ"))
  ).json()) as Record<string, string>;
  assert.equal(seen.SERVER_PORT, "443");
  assert.equal(seen.HTTP_HOST, "shop.example");
  assert.equal(seen["wsgi.url_scheme"], "https");
});

test("headers that could pose as others do not reach the application", async () => {
  const headers = { x_forwarded_for: "evil", proxy: "http://evil/", "X-Forwarded-For": "good" };
  const request = new Request(`${SITE}/environ`, { headers });
  const seen = (await (await basic.fetch(request)).json()) as Record<string, string>;
  assert.equal(seen.HTTP_X_FORWARDED_FOR, "good");
  assert.equal(seen.HTTP_PROXY, undefined);
});

test("a path with a NUL is answered 400", async () => {
  const response = await basic.fetch(new Request(`${SITE}/a%00b`));
  assert.equal(response.status, 400);
  assert.match(await response.text(), /^400 Bad Request\nthe path has a NUL/);
});

test("each Set-Cookie stays one", async () => {
  const { headers } = await answers.fetch(new Request(`${SITE}/cookies`));
  assert.deepEqual(headers.getSetCookie(), [
    "a=1; Path=/",
    "b=2; Expires=Thu, 01 Jan 2037 00:00:00 GMT",
  ]);
  assert.equal(headers.get("x-between"), "here");
});

test("HEAD has the headers and no body", async () => {
  const response = await basic.fetch(new Request(`${SITE}/large?500000`, { method: "HEAD" }));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  assert.equal(response.body, null);
});

test("a status that allows no body has none", async () => {
  for (const status of [204, 205, 304]) {
    const response = await answers.fetch(new Request(`${SITE}/status?${status}`));
    assert.equal(response.status, status);
    assert.equal(response.body, null);
    assert.equal(response.headers.get("x-status")?.slice(0, 3), String(status));
  }
});

test("a status of the application's own invention, with its own words", async () => {
  const response = await answers.fetch(new Request(`${SITE}/status?599%20Quite%20Odd`));
  assert.equal(response.status, 599);
  assert.equal(response.statusText, "Quite Odd");
  assert.equal(await response.text(), "body\n");
});

test("a status that a Response cannot have is a 502, and ends no worker", async () => {
  for (let count = 0; count < 5; count += 1) {
    const response = await answers.fetch(new Request(`${SITE}/status?799%20Odd`));
    assert.equal(response.status, 502);
    assert.match(await response.text(), /QUINTET_BAD_ANSWER/);
  }
  assert.equal((await answers.fetch(new Request(SITE))).status, 200);
});

test("a redirect is returned and not followed", async () => {
  const response = await answers.fetch(new Request(`${SITE}/redirect`));
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), "/hello");
});

test("a view that raises is a 500", async () => {
  const response = await basic.fetch(new Request(`${SITE}/boom`));
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "Internal Server Error\n");
});

test("simultaneous first requests share one pool", async () => {
  const fresh = getPythonApplication("basic", { ...options, workers: 2 });
  const ask = async (): Promise<string> => (await fresh.fetch(new Request(`${SITE}/pid`))).text();
  const pids = new Set(await Promise.all(Array.from({ length: 50 }, ask)));
  assert.ok(pids.size <= 2, [...pids].join());
  await fresh.close();
});
