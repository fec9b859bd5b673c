import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import { getPythonApplication } from "quintet/python";
import type { Environ } from "quintet/wsgi";
import { barrier } from "../../testing/barrier.ts";
import { apps, python } from "../../testing/paths.ts";
import { told } from "../../testing/told.ts";

const basic = getPythonApplication("basic", { project: apps, python, logLevel: "error" });
const answers = getPythonApplication("answers", { project: apps, python, logLevel: "error" });
const gated = getPythonApplication("gated", { project: apps, python, logLevel: "error" });
after(() => Promise.all([basic.close(), answers.close(), gated.close()]));

type Headers = [string, string][];

async function call(
  application: typeof basic,
  environ: Environ,
): Promise<{ status: string; headers: Headers; chunks: string[] }> {
  let status = "";
  let headers: Headers = [];
  const chunks: string[] = [];
  for await (const chunk of application(environ, (line, list) => {
    status = line;
    headers = list;
  })) {
    assert.notEqual(status, "", "bytes before the head");
    assert.ok(chunk instanceof Uint8Array);
    chunks.push(Buffer.from(chunk).toString("latin1"));
  }
  return { status, headers, chunks };
}

const get = (path: string, query = ""): Environ => ({
  REQUEST_METHOD: "GET",
  PATH_INFO: path,
  QUERY_STRING: query,
});

test("an environ goes in, a status, headers and bytes come out", async () => {
  const { status, headers, chunks } = await call(basic, get("/"));
  assert.equal(status, "200 OK");
  assert.deepEqual(headers, [["Content-Type", "text/plain; charset=utf-8"]]);
  assert.deepEqual(chunks, ["Hello, world!\n"]);
});

test("headers keep their order, their case and their repeats", async () => {
  const { headers } = await call(answers, get("/cookies"));
  assert.deepEqual(headers, [
    ["Content-Type", "text/plain"],
    ["Set-Cookie", "a=1; Path=/"],
    ["X-Between", "here"],
    ["Set-Cookie", "b=2; Expires=Thu, 01 Jan 2037 00:00:00 GMT"],
  ]);
});

test("a status of the application's own invention arrives as it is", async () => {
  const { status } = await call(answers, get("/status", "799 Very Odd"));
  assert.equal(status, "799 Very Odd");
});

test("every text of the environ reaches Python as it is, byte by byte", async () => {
  const given = {
    ...get("/environ/\xe2\x82\xac", "a=b&c=%20"),
    SCRIPT_NAME: "/shop",
    SERVER_NAME: "example.org",
    SERVER_PORT: "8443",
    HTTP_HOST: "example.org:8443",
    HTTP_X_BYTES: "\xff\x80",
    "wsgi.url_scheme": "https",
    "shop.user": "admin",
  };
  const { chunks } = await call(answers, given);
  const seen = JSON.parse(chunks.join("")) as Record<string, string>;
  for (const [name, value] of Object.entries(given)) assert.equal(seen[name], value, name);
  assert.match(seen.REQUEST_ID as string, /^[0-9a-f]+-[0-9a-z]+$/);
});

test("variables that PEP 3333 requires and a caller left out are filled in", async () => {
  const { chunks } = await call(basic, { REQUEST_METHOD: "GET", PATH_INFO: "/environ" });
  const seen = JSON.parse(chunks.join("")) as Record<string, string>;
  const required = {
    SCRIPT_NAME: "",
    QUERY_STRING: "",
    SERVER_PROTOCOL: "HTTP/1.1",
    "wsgi.url_scheme": "http",
  };
  for (const [name, value] of Object.entries(required)) assert.equal(seen[name], value, name);
  assert.ok(seen.SERVER_NAME && seen.SERVER_PORT);
  assert.deepEqual((await call(basic, { REQUEST_METHOD: "GET" })).chunks, ["Hello, world!\n"]);
});

test("objects under names with a dot stay here: they are this side's own", async () => {
  const environ: Environ = {
    ...get("/environ"),
    "shop.session": { user: 1 },
    "wsgi.version": [1, 0],
  };
  const { chunks } = await call(basic, environ);
  const seen = JSON.parse(chunks.join("")) as Record<string, unknown>;
  assert.equal(seen["shop.session"], undefined);
  assert.deepEqual(seen["wsgi.version"], [1, 0]);
});

test("the body arrives chunk by chunk, as Python yields it", async () => {
  const { path: held, open } = barrier();
  const chunks: string[] = [];
  for await (const chunk of gated(get("/halfway", held), () => {})) {
    chunks.push(Buffer.from(chunk).toString());
    // Without the first chunk here there is no second one there.
    open();
  }
  assert.deepEqual(chunks, ["in front\n", "behind\n"]);
});

test("startResponse is called before the first chunk is asked for again", async () => {
  const { query } = told(1000, 0.05);
  const body = answers(get("/told", query), (status) => (begun = status));
  let begun = "";
  for await (const _ of body) {
    assert.equal(begun, "200 OK");
    break;
  }
});

test("leaving the loop early closes the iterator in Python", async () => {
  const { query, closed } = told(70_000);
  let chunks = 0;
  for await (const chunk of answers(get("/told", query), () => {})) {
    chunks += chunk.length;
    if (chunks > 200_000) break;
  }
  await closed();
});

test("an error in the loop, or in startResponse, closes the iterator in Python", async () => {
  const first = told(1000, 0.02);
  await assert.rejects(async () => {
    for await (const _ of answers(get("/told", first.query), () => {})) throw new Error("enough");
  }, /enough/);
  await first.closed();
  const second = told(1000, 0.02);
  await assert.rejects(async () => {
    const body = answers(get("/told", second.query), () => {
      throw new Error("no head, please");
    });
    for await (const _ of body) assert.fail("bytes");
  }, /no head, please/);
  await second.closed();
});

test("wsgi.input is read to its end, whether read() is synchronous or asynchronous", async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  const hash = createHash("sha256").update(bytes).digest("hex");
  for (const later of [false, true]) {
    let at = 0;
    const read = (size = bytes.length): Uint8Array | Promise<Uint8Array> => {
      const block = bytes.subarray(at, at + Math.min(size, 10_007));
      at += block.length;
      return later ? Promise.resolve(block) : block;
    };
    const { chunks } = await call(basic, {
      ...get("/digest"),
      REQUEST_METHOD: "POST",
      "wsgi.input": { read },
    });
    assert.deepEqual(chunks, [`300000 ${hash}`]);
  }
});

test("no more than CONTENT_LENGTH bytes of wsgi.input are used, even if read() returns more", async () => {
  const read = (): Uint8Array => Buffer.from("name=value&more of it");
  const environ = {
    ...get("/reads"),
    REQUEST_METHOD: "POST",
    CONTENT_LENGTH: "10",
    "wsgi.input": { read },
  };
  const { chunks } = await call(answers, environ);
  assert.equal(chunks.join(""), "[b'name=value']");
  const none = await call(answers, { ...environ, CONTENT_LENGTH: "" });
  assert.equal(none.chunks.join(""), "[]");
});

test("without wsgi.input the body is empty", async () => {
  const { chunks } = await call(answers, {
    ...get("/reads"),
    REQUEST_METHOD: "POST",
    CONTENT_LENGTH: "10",
  });
  assert.equal(chunks.join(""), "[]");
});

test("an application is asked many things at once", async () => {
  const all = await Promise.all(
    Array.from({ length: 200 }, (_, index) => call(basic, get("/environ", `n=${index}`))),
  );
  for (const [index, { chunks }] of all.entries()) {
    assert.equal((JSON.parse(chunks.join("")) as Environ).QUERY_STRING, `n=${index}`);
  }
});
