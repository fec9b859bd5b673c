import assert from "node:assert/strict";
import { after, test } from "node:test";
import { QuintetError } from "quintet/errors";
import { getPythonApplication } from "quintet/python";
import type { Environ } from "quintet/wsgi";
import { apps, python } from "../../testing/paths.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;
const basic = getPythonApplication("basic", options);
const answers = getPythonApplication("answers", options);
const impatient = getPythonApplication("basic", { ...options, timeout: 2 });
after(() => Promise.all([basic.close(), answers.close(), impatient.close()]));

async function call(
  application: typeof basic,
  environ: Environ,
): Promise<{ status: string; body: string }> {
  let status = "";
  let body = "";
  for await (const chunk of application(environ, (line) => (status = line)))
    body += Buffer.from(chunk).toString();
  return { status, body };
}

const get = (path: string, query = ""): Environ => ({
  REQUEST_METHOD: "GET",
  PATH_INFO: path,
  QUERY_STRING: query,
});

const withCode = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof QuintetError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

test("a character that is not a byte is refused, and its variable is named", async () => {
  await assert.rejects(call(basic, { ...get("/"), HTTP_X_EURO: "10 €" }), (error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /environ\.HTTP_X_EURO .*at 3/);
    return true;
  });
  await assert.rejects(call(basic, get("/\0")), /environ\.PATH_INFO .*at 1/);
  await assert.rejects(call(basic, { ...get("/"), "x\0y": "1" }), /variable .*"x\\u0000y"/);
  await assert.rejects(call(basic, { ...get("/"), "HTTP_€": "1" }), /variable .*"HTTP_€"/);
});

test("a CGI variable that is not a string is refused by name", async () => {
  await assert.rejects(
    // @ts-expect-error -- the types refuse it too
    call(basic, { ...get("/"), HTTP_AGE: 8000 }),
    /environ\.HTTP_AGE is a number/,
  );
  assert.equal((await call(basic, { ...get("/"), HTTP_HOST: undefined })).status, "200 OK");
});

test("an environ without REQUEST_METHOD is refused", async () => {
  await assert.rejects(call(basic, {} as Environ), /environ\.REQUEST_METHOD/);
  await assert.rejects(call(basic, { REQUEST_METHOD: "" }), /environ\.REQUEST_METHOD/);
  assert.equal((await call(basic, get("/"))).status, "200 OK");
});

test("a wsgi.input that fails rejects with its own error, and costs no worker", async () => {
  const read = (): Uint8Array => {
    throw new Error("the disk is gone");
  };
  await assert.rejects(
    call(basic, { ...get("/echo"), "wsgi.input": { read } }),
    /the disk is gone/,
  );
  const texts = ["text", ""];
  const odd = { read: () => texts.shift() as unknown as Uint8Array };
  await assert.rejects(
    call(basic, { ...get("/echo"), "wsgi.input": odd }),
    /wsgi\.input.*Uint8Array/,
  );
  assert.equal((await call(basic, get("/"))).status, "200 OK");
});

test("a view that raises is a 500", async () => {
  const { status, body } = await call(basic, get("/boom"));
  assert.equal(status, "500 Internal Server Error");
  assert.equal(body, "Internal Server Error\n");
});

test("a view that raises in mid-stream rejects after its first bytes", async () => {
  let body = "";
  const reading = async (): Promise<void> => {
    for await (const chunk of basic(get("/boom-late"), () => {}))
      body += Buffer.from(chunk).toString();
  };
  await assert.rejects(reading(), withCode("QUINTET_BAD_ANSWER", /cut short/));
  assert.equal(body, "begun\n");
});

test("a worker that dies rejects with QUINTET_WORKER_DIED, and the next request is answered", async () => {
  await assert.rejects(call(basic, get("/die")), withCode("QUINTET_WORKER_DIED", /exit status 7/));
  assert.equal((await call(basic, get("/"))).status, "200 OK");
});

test("a worker that dies in mid-stream rejects after its first bytes", async () => {
  let body = "";
  const reading = async (): Promise<void> => {
    for await (const chunk of answers(get("/die-late"), () => {}))
      body += Buffer.from(chunk).toString();
  };
  await assert.rejects(reading(), withCode("QUINTET_WORKER_DIED", /exit status 7/));
  assert.equal(body, "begun\n");
});

test("a view that takes too long rejects with QUINTET_TIMEOUT", async () => {
  const late = call(impatient, get("/sleep", "60"));
  await assert.rejects(late, withCode("QUINTET_TIMEOUT", /within 2 s/));
  assert.equal((await call(impatient, get("/"))).status, "200 OK");
});

test("an application that cannot be loaded rejects with the reason", async () => {
  const none = getPythonApplication("there_is_none", options);
  await assert.rejects(call(none, get("/")), withCode("QUINTET_NO_MODULE", /there_is_none/));
  await none.close();
});
