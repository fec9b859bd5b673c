import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../testing/command.ts";
import { Load } from "../../testing/load.ts";
import { serve } from "../../testing/serve.ts";
import type { Running } from "../../testing/server.ts";
import { statusOf, untilAllReady } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { warmed } from "../../testing/warmed.ts";

const states = async (server: Running): Promise<string[]> => {
  const fronts = (await statusOf(server))?.fronts ?? [];
  return fronts.flatMap(({ pools }) => pools.flatMap(({ workers }) => workers.map((w) => w.state)));
};

for (const threads of [1, 4]) {
  test(`with threads ${threads} no request of a client reaches a cold worker, however it was started`, async (t) => {
    const app = warmed("warms");
    const server = await serve(t, "warmed", {
      cwd: app.folder,
      env: app.env,
      // Forked from a zygote, and spawned.
      args: "--workers 2 --warmup / --max-requests 400 --no-access-log --threads"
        .split(" ")
        .concat(String(threads), threads === 1 ? "--preload" : "--no-preload"),
    });
    const pids = new Set<number>();
    const load = new Load(server.url, [{ path: "/", count: 6 }], (text) => pids.add(Number(text)));
    const change = threads === 1 ? "reload" : "upgrade";
    const changed = await runCommand([change, "--pid", String(server.pid)]);
    assert.equal(changed.code, 0, changed.stderr);
    await runCommand(["scale", "4", "--pid", String(server.pid)]);
    await untilAllReady(server);
    const before = pids.size;
    await until(() => pids.size > before + 2, "workers have been recycled");
    await load.stop();
    assert.deepEqual(load.failures, []);
    // They are killed while idle, so that no client gets 502.
    await untilAllReady(server);
    const fronts = (await statusOf(server))?.fronts ?? [];
    const old = fronts.flatMap(({ pools }) => pools.flatMap(({ workers }) => workers));
    for (const { pid } of old) process.kill(pid, "SIGKILL");
    for (let asked = 0; asked < 8; asked += 1) {
      const response = await fetch(server.url);
      assert.equal(response.status, 200);
      assert.ok(!old.some(({ pid }) => pid === Number(response.headers.get("x-pid"))));
    }
  });
}

test("a worker takes no requests while it warms up, and status says so; warm-up requests do not count as answered", async (t) => {
  const app = warmed("warms");
  const server = await serve(t, "warmed", {
    cwd: app.folder,
    env: app.env,
    args: ["--workers", "2", "--warmup", "/", "--warmup", "/stream", "--warmup", "/file"],
  });
  const line = await server.logged(({ msg }) => msg?.startsWith("warmed up in ") === true);
  assert.match(line.msg ?? "", /^warmed up in \d+\.\d\d s: \/ 200, \/stream 200, \/file 200$/);
  assert.ok(line.worker);
  app.shut();
  const [first, second] = (await statusOf(server))?.fronts[0]?.pools[0]?.workers ?? [];
  assert.deepEqual([first?.answered, second?.answered], [0, 0]);
  process.kill(first?.pid as number, "SIGKILL");
  await app.waiting(1);
  assert.deepEqual((await states(server)).toSorted(), ["ready", "warming"]);
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, /1 of 2 workers ready/);
  assert.match(stdout, /warming up, .*, 0 requests answered/);
  for (let asked = 0; asked < 6; asked += 1) {
    const response = await fetch(server.url);
    assert.equal(response.headers.get("x-pid"), String(second?.pid));
  }
  // It is killed before it is warm; its successor is warmed up, too.
  const cold = (await statusOf(server))?.fronts[0]?.pools[0]?.workers.find(
    ({ state }) => state === "warming",
  );
  process.kill(cold?.pid as number, "SIGKILL");
  await server.logged(
    ({ msg }) => msg === "warmup: the worker ended (killed by SIGKILL) while it ran GET /.",
  );
  await app.waiting(2);
  app.open();
  await untilAllReady(server);
  // The access log has the requests of clients, not those of the warm-up.
  await server.stop();
  const access = server.log().filter((each) => each.access);
  assert.equal(access.length, 6);
});

test("a stop during a warm-up takes no time, and a warming worker that is not needed any more is killed", async (t) => {
  const app = warmed("warms");
  const server = await serve(t, "warmed", {
    cwd: app.folder,
    env: app.env,
    args: ["--workers", "1", "--warmup", "/"],
  });
  app.shut();
  await runCommand(["scale", "2", "--pid", String(server.pid)]);
  // The first worker is replaced, too, because it is no longer the only one.
  await app.waiting(1);
  await runCommand(["scale", "1", "--pid", String(server.pid)]);
  assert.equal((await fetch(server.url)).status, 200);
  const reload = runCommand(["reload", "--pid", String(server.pid)]);
  await app.waiting(2);
  assert.equal(await server.stop(), 0);
  assert.notEqual((await reload).code, 0);
  assert.ok(!server.log().some(({ msg }) => msg?.includes("starting another")));
});
