import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { QuintetError } from "quintet/errors";
import { getPythonApplication } from "quintet/python";
import { barrier } from "../../testing/barrier.ts";
import { listen } from "../../testing/listen.ts";
import { apps, python } from "../../testing/paths.ts";
import { isAlive, pythonChildren } from "../../testing/processes.ts";
import { PATIENCE, until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";
import { told } from "../../testing/told.ts";

const options = { project: apps, python, workers: 2, logLevel: "error" } as const;
const request = (path: string, init?: RequestInit): Request =>
  new Request(`http://shop.example${path}`, init);

const isClosed = (error: unknown): boolean =>
  error instanceof QuintetError && error.code === "QUINTET_CLOSED";

test("close() ends the workers", async () => {
  const application = getPythonApplication("basic", options);
  await (await application.fetch(request("/"))).text();
  const workers = pythonChildren(process.pid);
  assert.ok(workers.length > 0);
  await application.close();
  for (const pid of workers) assert.ok(!isAlive(pid));
  assert.deepEqual(pythonChildren(process.pid), []);
});

/** A body that has begun, and ends when it is told to. */
function lateBody(): { init: RequestInit; begun: Promise<void>; end(): void } {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const body = new ReadableStream(
    {
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode("late"));
        begun.resolve();
        await end.promise;
        controller.close();
      },
    },
    // It is not asked for anything before somebody reads it.
    { highWaterMark: 0 },
  );
  const init = { method: "POST", body, duplex: "half" } as RequestInit;
  return { init, begun: begun.promise, end: end.resolve };
}

test("close() lets requests finish: those that run, that wait, and whose body is still on its way", async () => {
  const application = getPythonApplication("gated", options);
  const { path: held, untilReached, open } = barrier();
  const streamed = await application.fetch(request(`/halfway?${held}`));
  const running = application.fetch(request(`/gate?${held}`));
  await untilReached(2);
  // Both workers are busy.
  const waiting = application.fetch(request("/hello"));
  const late = lateBody();
  const sent = application.fetch(request("/digest", late.init));
  await late.begun;
  const closing = application.close();
  late.end();
  open();
  assert.equal(await (await running).text(), "let through\n");
  assert.equal(await (await waiting).text(), "Hello, world!\n");
  assert.equal(await streamed.text(), "in front\nbehind\n");
  assert.match(await (await sent).text(), /^4 /);
  await closing;
});

test("close() lets a request over HTTP finish whose body is still on its way", async (t) => {
  const application = getPythonApplication("basic", options);
  const arrived = Promise.withResolvers<void>();
  const server = await listen((incoming, response) => {
    application.handler(incoming, response);
    if (incoming.method === "POST") arrived.resolve();
  });
  t.after(() => server.close());
  await fetch(server.url);
  const late = lateBody();
  const sent = fetch(`${server.url}/digest`, late.init);
  await arrived.promise;
  await setImmediate();
  const closing = application.close();
  late.end();
  assert.match(await (await sent).text(), /^4 /);
  await closing;
});

test("close() right after the first use lets that request finish", async () => {
  const application = getPythonApplication("basic", options);
  const first = application.fetch(request("/"));
  const closing = application.close();
  assert.equal((await first).status, 200);
  await closing;
  assert.deepEqual(pythonChildren(process.pid), []);
});

test("requests that do not finish within gracefulTimeout are ended", async () => {
  const own = { workers: 1, timeout: 0, gracefulTimeout: 0.3 };
  const application = getPythonApplication("gated", { ...options, ...own });
  // The barrier stays shut for twice as long.
  const { path: held, untilReached } = barrier();
  const running = application.fetch(request(`/gate?${held}`));
  await untilReached();
  const began = performance.now();
  await application.close();
  assert.ok(performance.now() - began < PATIENCE);
  assert.equal((await running).status, 502);
  assert.deepEqual(pythonChildren(process.pid), []);
});

test("a start that hangs is aborted after gracefulTimeout", async () => {
  const project = folderWith({
    "hangs.py": "import time\nopen(__file__ + '.begun', 'w').close()\ntime.sleep(60)\n",
  });
  const application = getPythonApplication("hangs", { ...options, project, gracefulTimeout: 0.3 });
  const first = application.fetch(request("/"));
  first.catch(() => {});
  await until(() => existsSync(join(project, "hangs.py.begun")), "the start");
  await application.close();
  await assert.rejects(first, (error: QuintetError) => error.code === "QUINTET_STOPPING");
  assert.deepEqual(pythonChildren(process.pid), []);
});

test("a body that nobody reads does not delay close() for longer than gracefulTimeout", async () => {
  const application = getPythonApplication("answers", { ...options, gracefulTimeout: 0.2 });
  const { query } = told(50_000);
  const response = await application.fetch(request(`/told?${query}`));
  await application.close();
  await assert.rejects(response.bytes(), /QuintetError|cut short/);
});

test("after close() every use throws QUINTET_CLOSED", async () => {
  const application = getPythonApplication("basic", options);
  await application.fetch(request("/"));
  await application.close();
  await assert.rejects(application.fetch(request("/")), isClosed);
  await assert.rejects(async () => {
    for await (const _ of application({ REQUEST_METHOD: "GET" }, () => {})) assert.fail("bytes");
  }, isClosed);
  assert.deepEqual(pythonChildren(process.pid), []);
});

test("close() called twice, at once or later, closes once", async () => {
  const application = getPythonApplication("basic", options);
  const running = application.fetch(request("/sleep?0.2"));
  await Promise.all([application.close(), application.close()]);
  assert.equal((await running).status, 200);
  await application.close();
});

test("close() before the first use starts nothing, and is final", async () => {
  const application = getPythonApplication("basic", options);
  await application.close();
  await assert.rejects(application.fetch(request("/")), isClosed);
  assert.deepEqual(pythonChildren(process.pid), []);
});

test("close() after a failed start is fine", async () => {
  const application = getPythonApplication("there_is_none", options);
  await assert.rejects(application.fetch(request("/")));
  await application.close();
});

test("a worker that was killed while idle is replaced, and close() ends the new one", async () => {
  const application = getPythonApplication("basic", { ...options, workers: 1 });
  const first = Number(await (await application.fetch(request("/pid"))).text());
  process.kill(first, "SIGKILL");
  await until(() => pythonChildren(process.pid).some((pid) => pid !== first), "another worker");
  const second = Number(await (await application.fetch(request("/pid"))).text());
  assert.notEqual(second, first);
  await application.close();
  assert.ok(!isAlive(second));
});
