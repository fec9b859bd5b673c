import assert from "node:assert/strict";
import { ask } from "../../../testing/hosts/ask.ts";
import { parseResponses } from "../../../testing/http.ts";
import { raw } from "../../../testing/socket.ts";
import type { Subject } from "../behaviours.ts";

type Environ = Record<string, string | number | boolean | unknown[] | undefined>;

/** The environ of a request, as its view sees it. */
export async function environOf(url: string, init: RequestInit = {}): Promise<Environ> {
  const response = await ask(url, init);
  assert.equal(response.status, 200);
  return ((await response.json()) as { environ: Environ }).environ;
}

export async function address({ site }: Subject): Promise<void> {
  // A character of Latin-1, one beyond; the query stays escaped.
  const url = `${site.url}/probe/environ/caf%C3%A9%20%E2%82%AC?q=%C3%A9+x&empty=`;
  const environ = await environOf(url, {
    headers: { "x-shop-test": "two  words", accept: "text/x-test" },
  });
  // Django has made text of the bytes that the environ had.
  assert.equal(environ.PATH_INFO, "/probe/environ/café €");
  assert.equal(environ.SCRIPT_NAME, "");
  assert.equal(environ.QUERY_STRING, "q=%C3%A9+x&empty=");
  assert.equal(environ.REQUEST_METHOD, "GET");
  assert.equal(environ.REMOTE_ADDR, "127.0.0.1");
  assert.equal(environ.SERVER_PROTOCOL, "HTTP/1.1");
  assert.equal(environ.SERVER_PORT, String(site.port));
  assert.equal(typeof environ.SERVER_NAME, "string");
  // Debian's nginx leaves the port out, and says why in its uwsgi_params.
  assert.match(String(environ.HTTP_HOST), /^127\.0\.0\.1(:\d+)?$/);
  assert.equal(environ.HTTP_X_SHOP_TEST, "two  words");
  assert.equal(environ.HTTP_ACCEPT, "text/x-test");
  const empty = await environOf(`${site.url}/probe/environ`);
  assert.equal(empty.QUERY_STRING, "");
}

export async function values({ site }: Subject): Promise<void> {
  const environ = await environOf(`${site.url}/probe/environ`);
  assert.deepEqual(environ["wsgi.version"], [1, 0]);
  assert.equal(environ["wsgi.url_scheme"], "http");
  assert.equal(environ["wsgi.run_once"], false);
  assert.equal(typeof environ["wsgi.multithread"], "boolean");
  assert.equal(typeof environ["wsgi.multiprocess"], "boolean");
  for (const method of ["read", "readline", "readlines"]) {
    assert.ok((environ["wsgi.input"] as string[]).includes(method), `wsgi.input has ${method}()`);
  }
  for (const method of ["write", "flush"]) {
    assert.ok((environ["wsgi.errors"] as string[]).includes(method), `wsgi.errors has ${method}()`);
  }
}

export async function cookies({ site }: Subject): Promise<void> {
  const response = await ask(`${site.url}/probe/cookies`);
  const sent = response.headers.getSetCookie().map((each) => each.split(";")[0]);
  assert.deepEqual(sent, ["one=1", "two=2"]);
}

export async function head({ site }: Subject): Promise<void> {
  const connection = await raw(site.port);
  const host = `Host: 127.0.0.1:${site.port}`;
  connection.write(`HEAD /probe/cookies HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`);
  const { text } = await connection.closed();
  const [response] = parseResponses(text, ["HEAD"]);
  assert.equal(response?.status, 200);
  assert.match(response?.headers["content-type"] ?? "", /^text\/html/);
  assert.ok(text.endsWith("\r\n\r\n"), "nothing comes after the headers");
}
