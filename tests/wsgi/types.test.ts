// What the types must allow and forbid. The compiler checks it; @ts-expect-error fails if there is no error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getWsgiApplication } from "quintet/django";
import type { Environ, StartResponse, Write, WsgiApplication } from "quintet/wsgi";

const bytes = new Uint8Array(1);

const applications: WsgiApplication[] = [
  (_environ, start) => (start("200 OK", [["A", "b"]]), [bytes]),
  function* (_environ, start) {
    start("200 OK", []);
    yield bytes;
  },
  async function* (_environ, start) {
    start("200 OK", [], new Error("again"))(bytes);
    yield bytes;
  },
  (_environ, start) => (start("200 OK", []), Object.assign([bytes], { close: () => {} })),
  getWsgiApplication(),
  // @ts-expect-error -- a body is bytes
  () => ["text"],
  // @ts-expect-error -- an iterable of bytes, not bytes
  () => bytes,
  // @ts-expect-error -- a promise is no iterable
  async () => [bytes],
];

function uses(environ: Environ, start: StartResponse): void {
  const write: Write = start("200 OK", []);
  // @ts-expect-error -- bytes again
  write("text");
  // @ts-expect-error -- a status is a text
  start(200, []);
  // @ts-expect-error -- headers are pairs
  start("200 OK", [["A"]]);
  // @ts-expect-error -- variables of middleware are unknown until they are looked at
  void environ["shop.user"].name;
  environ["wsgi.errors"]?.write("text");
  environ.HTTP_USER_AGENT?.startsWith("curl") satisfies boolean | undefined;
  // @ts-expect-error -- a header may be missing
  environ.HTTP_USER_AGENT.startsWith("curl");
  // @ts-expect-error -- a header is a text
  environ.HTTP_AGE = 8000;
}

test("the types of PEP 3333 allow what it allows and forbid what it forbids", () => {
  assert.equal(typeof uses, "function");
  assert.equal(applications.length, 8);
});
