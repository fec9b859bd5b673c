import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { apps } from "../../testing/paths.ts";
import { isAlive } from "../../testing/processes.ts";
import { type Running, start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";

const app = join(apps, "ts", "basic.ts");
let server: Running;
before(async () => {
  server = await start(app, { args: ["--workers", "2", "--timeout", "1"] });
});
after(() => server.stop());

const get = async (path: string): Promise<string> => (await fetch(server.url + path)).text();

test("a synchronous application blocks its worker alone, and no fast request waits behind it", async () => {
  const slow = get("/spin?0.8");
  await new Promise((resolve) => setTimeout(resolve, 50));
  const began = performance.now();
  for (let count = 0; count < 20; count += 1) await get("/");
  assert.ok(performance.now() - began < 600);
  assert.equal(await slow, "spun\n");
});

test("a loop without end gets 504 in time, where it hangs is in the log, the worker is replaced", async () => {
  const before = server.workers();
  const began = performance.now();
  const response = await fetch(`${server.url}/spin?30`);
  const took = performance.now() - began;
  assert.equal(response.status, 504);
  assert.ok(took > 900 && took < 1500, `${took} ms`);
  const line = await server.logged(({ msg }) => msg?.startsWith("hung for") === true);
  assert.match(line.detail ?? "", /at spin \(.*basic\.ts/);
  await until(() => !isAlive(line.worker as number), "the worker is ended");
  await until(() => server.workers().length === 2, "another is there");
  assert.notDeepEqual(server.workers(), before);
  assert.equal(await get("/"), "Hello from TypeScript!\n");
});

test("a worker that ends itself gives 502 to its request, and is replaced", async () => {
  const response = await fetch(`${server.url}/die`);
  assert.equal(response.status, 502);
  assert.match(await response.text(), /QUINTET_WORKER_DIED/);
  assert.equal(await get("/"), "Hello from TypeScript!\n");
});

test("with threads an application that waits answers several at once in one process", async () => {
  const own = await start(app, { args: ["--workers", "1", "--threads", "10"] });
  try {
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => (await fetch(`${own.url}/sleep?0.5`)).text()),
    );
    assert.deepEqual(new Set(answers), new Set(["slept\n"]));
    assert.ok(performance.now() - began < 1500);
  } finally {
    await own.stop();
  }
});

test("no Node worker outlives a front that is killed, idle or in a loop", async () => {
  const own = await start(app, { args: ["--workers", "2"] });
  const workers = own.workers();
  assert.equal(workers.length, 2);
  fetch(`${own.url}/spin?20`).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  own.child.kill("SIGKILL");
  await until(() => workers.every((pid) => !isAlive(pid)), "the workers have ended");
});
