import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { untilReady } from "../../testing/worker-status.ts";
import { assertOnce, RowClients, rowsFile } from "../../testing/rows.ts";
import { serve } from "../../testing/serve.ts";
import { isAlive, zygoteOf } from "../../testing/processes.ts";
import { type Running, start } from "../../testing/server.ts";
import { untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

async function pid(server: Running): Promise<number> {
  return Number(await (await fetch(`${server.url}/pid`)).text());
}

async function killZygote(server: Running): Promise<void> {
  const zygote = zygoteOf(server);
  process.kill(zygote, "SIGKILL");
  await server.logged(
    ({ worker, msg }) => worker === zygote && /forked from died.*starting another/.test(msg ?? ""),
  );
}

/** Wait for a new zygote that has imported the application. */
async function anotherZygote(server: Running, old: number): Promise<void> {
  await server.logged(
    ({ worker, msg }) =>
      worker !== old &&
      worker === zygoteOrNone(server) &&
      msg?.startsWith("application imported") === true,
  );
}

function zygoteOrNone(server: Running): number {
  try {
    return zygoteOf(server);
  } catch {
    return 0;
  }
}

test("killing a zygote ends no worker, not even a busy one", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "2", "--log-level", "debug"] });
  const old = await untilReady(server, 2);
  const first = zygoteOf(server);
  const slow = fetch(`${server.url}/sleep?1.5`);
  await untilRequests(server, { running: 1 });
  await killZygote(server);
  assert.ok(old.includes(await pid(server)));
  assert.equal((await slow).status, 200);
  await anotherZygote(server, first);
  assert.ok(old.every(isAlive));
  // Its orphans are replaced like any other worker, by children of the new zygote.
  for (const each of old) {
    process.kill(each, "SIGKILL");
    await server.logged(({ worker, msg }) => worker === each && /died/.test(msg ?? ""));
  }
  await until(() => server.workers().length === 2, "there are two of the new zygote");
  assert.ok(server.workers().includes(await pid(server)));
  assert.equal(await server.stop(), 0);
});

test("the orphans of a zygote end with the server, however it ends", async () => {
  for (const end of ["SIGTERM", "SIGKILL"] as const) {
    const server = await start("hangs", { args: ["--workers", "3"] });
    const old = await untilReady(server, 3);
    const busy = ["/hash?60", "/lock?60"];
    if (end === "SIGKILL") for (const path of busy) fetch(server.url + path).catch(() => {});
    await untilRequests(server, { running: end === "SIGKILL" ? 2 : 0 });
    await killZygote(server);
    assert.ok(old.every(isAlive));
    process.kill(server.pid, end);
    await server.ended;
    await until(() => !old.some(isAlive), `nobody is left after ${end}`);
  }
});

test("an orphan that dies in a request costs that request, and is replaced", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "1", "--log-level", "debug"] });
  const first = zygoteOf(server);
  await killZygote(server);
  await anotherZygote(server, first);
  const response = await fetch(`${server.url}/die`);
  assert.equal(response.status, 502);
  assert.match(await response.text(), /QUINTET_WORKER_DIED/);
  assert.equal((await fetch(server.url)).status, 200);
});

test("a stopped zygote is replaced when a worker is needed, and the others serve meanwhile", async (t) => {
  const server = await serve(t, "basic", { args: ["--workers", "2"] });
  await untilReady(server, 2);
  const zygote = zygoteOf(server);
  process.kill(zygote, "SIGSTOP");
  const victim = await pid(server);
  process.kill(victim, "SIGKILL");
  for (let count = 0; count < 20; count += 1) assert.notEqual(await pid(server), victim);
  await until(() => zygoteOrNone(server) !== zygote && server.workers().length === 1, "another");
  assert.equal((await fetch(server.url)).status, 200);
});

test("if a zygote is killed after a broken deploy, its workers serve until the import succeeds", async (t) => {
  const good = "from wsgiref.simple_server import demo_app as application\n";
  const cwd = folderWith({ "app.py": good });
  const server = await serve(t, "app", { cwd, args: ["--workers", "2"] });
  const old = await untilReady(server, 2);
  writeFileSync(join(cwd, "app.py"), "import nothing_of_that_name\n");
  process.kill(zygoteOf(server), "SIGKILL");
  const line = await server.logged(({ msg }) => /did not start.*Next try/.test(msg ?? ""));
  assert.equal(line.code, "QUINTET_MODULE_FAILED");
  assert.ok(old.every(isAlive));
  assert.equal((await fetch(server.url)).status, 200);
  process.kill(old[0] as number, "SIGKILL");
  assert.equal((await fetch(server.url)).status, 200);
  writeFileSync(join(cwd, "app.py"), good);
  await until(() => zygoteOrNone(server) > 0 && server.workers().length === 2, "one is replaced");
});

test("zygotes and workers killed under load: no request runs twice, nothing but 200 and 502", async () => {
  const file = rowsFile();
  const server = await start("rows", { args: ["--workers", "4"], env: { ROWS: file.path } });
  try {
    const clients = new RowClients(server.url, 12, () => 2);
    for (let kills = 0; kills < 60; kills += 1) {
      await sleep(60 * (0.5 + Math.random()));
      const pids = kills % 3 === 0 ? [zygoteOrNone(server)] : server.workers();
      const victim = pids[Math.floor(Math.random() * pids.length)];
      if (victim) process.kill(victim, "SIGKILL");
    }
    await clients.stop();
    assertOnce(file.read(), clients.outcomes);
    const other = clients.outcomes.filter(({ status }) => status !== 200 && status !== 502);
    assert.deepEqual(other, []);
    assert.equal((await fetch(`${server.url}/9999999?0`)).status, 200);
    await until(() => server.workers().length > 0, "workers of a zygote");
  } finally {
    assert.equal(await server.stop(), 0);
    file.remove();
  }
});
