import assert from "node:assert/strict";
import { test } from "node:test";
import { QuintetError } from "quintet/errors";
import { getPythonApplication } from "quintet/python";
import { listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";

const options = { project: apps, python, workers: 1, logLevel: "error" } as const;

test("an application that cannot be loaded is handed to next", async () => {
  const none = getPythonApplication("there_is_none", options);
  const errors: unknown[] = [];
  const server = await listen((request, response) => {
    none.handler(request, response, (error) => {
      errors.push(error);
      response.writeHead(500).end("the framework's own page");
    });
  });
  assert.equal(await (await fetch(server.url)).text(), "the framework's own page");
  const [error] = errors;
  assert.ok(error instanceof QuintetError);
  assert.equal(error.code, "QUINTET_NO_MODULE");
  await none.close();
  await fetch(server.url);
  assert.equal((errors[1] as QuintetError).code, "QUINTET_CLOSED");
  await server.close();
});

test("without next it is a 503 that names the code, and the reason goes to stderr", async (t) => {
  const said = t.mock.method(console, "error", () => {});
  const none = getPythonApplication("there_is_none", options);
  const server = await listen(none.handler);
  for (const init of [{}, { method: "POST", body: "x".repeat(1_000_000) }]) {
    const response = await fetch(server.url, init);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "1");
    assert.equal(await response.text(), "503 Service Unavailable\nQUINTET_NO_MODULE\n");
  }
  assert.match(String(said.mock.calls[0]?.arguments[0]), /QUINTET_NO_MODULE: .*there_is_none/);
  await none.close();
  assert.match(await (await fetch(server.url)).text(), /QUINTET_CLOSED/);
  await server.close();
});

test("requests that arrive while the workers start wait for them", async () => {
  const slow = getPythonApplication("basic", options);
  const server = await listen(slow.handler);
  const all = await Promise.all(Array.from({ length: 20 }, () => fetch(server.url)));
  for (const response of all) assert.equal(response.status, 200);
  await slow.close();
  await server.close();
});

test("a client that leaves while the workers start costs nothing", async () => {
  const slow = getPythonApplication("basic", options);
  const leaving = new AbortController();
  const server = await listen((request, response) => {
    slow.handler(request, response);
    leaving.abort();
  });
  await assert.rejects(fetch(server.url, { signal: leaving.signal }), { name: "AbortError" });
  assert.equal((await fetch(server.url)).status, 200);
  await slow.close();
  await server.close();
});
