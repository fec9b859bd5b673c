import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { measured } from "../../testing/control.ts";
import { barrier } from "../../testing/barrier.ts";
import { apps } from "../../testing/paths.ts";
import { isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { type Running, start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

const app = join(apps, "ts", "gated.ts");

let server: Running;
before(async () => {
  server = await start(app, { args: ["--workers", "2"] });
});
after(() => server.stop());

test("a synchronous application blocks its worker alone, and no fast request waits behind it", async () => {
  const { path: held, untilReached, open } = barrier();
  const slow = fetch(`${server.url}/loop?${held}`);
  await untilReached();
  for (let count = 0; count < 20; count += 1) await (await fetch(server.url)).text();
  open();
  assert.equal(await (await slow).text(), "let through\n");
});

test("an endless loop gets 504 in time, the log shows where it hangs, and the worker is replaced", async (t) => {
  const args = ["--workers", "2", "--timeout", "1", "--timeout-grace", "1"];
  const own = await serve(t, app, { args });
  const before = own.workers();
  const { result, took, allow } = await measured(() => fetch(`${own.url}/spin?90`));
  assert.equal(result.status, 504);
  assert.ok(took > 900 && took < allow(1500), `${took} ms`);
  const line = await own.logged(({ msg }) => msg?.startsWith("hung for") === true);
  assert.match(line.detail ?? "", /at spin \(.*basic\.ts/);
  await until(() => !isAlive(line.worker as number), "the worker is ended");
  await until(() => own.workers().length === 2, "another is there");
  assert.notDeepEqual(own.workers(), before);
  assert.equal(await (await fetch(own.url)).text(), "Hello from TypeScript!\n");
});

test("a worker that ends itself gives 502 to its request, and is replaced", async () => {
  const response = await fetch(`${server.url}/die`);
  assert.equal(response.status, 502);
  assert.match(await response.text(), /QUINTET_WORKER_DIED/);
  assert.equal(await (await fetch(server.url)).text(), "Hello from TypeScript!\n");
});

test("with threads an application that waits answers several at once in one process", async (t) => {
  const own = await serve(t, app, { args: ["--threads", "10"] });
  const { path: held, untilReached, open } = barrier();
  const answers = Array.from({ length: 10 }, async () =>
    (await fetch(`${own.url}/gate?${held}`)).text(),
  );
  await untilReached(10);
  open();
  assert.deepEqual(new Set(await Promise.all(answers)), new Set(["let through\n"]));
});

test("no Node worker outlives a front that is killed, idle or in a loop", async (t) => {
  const own = await serve(t, app, { args: ["--workers", "2"] });
  const workers = own.workers();
  assert.equal(workers.length, 2);
  const { path: held, untilReached } = barrier();
  fetch(`${own.url}/loop?${held}`).catch(() => {});
  await untilReached();
  own.child.kill("SIGKILL");
  await until(() => workers.every((pid) => !isAlive(pid)), "the workers have ended");
});
