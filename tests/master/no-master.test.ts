import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { ServerStatus } from "../../src/front/status.ts";
import { apps } from "../../testing/paths.ts";
import { descendants } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { until } from "../../testing/wait.ts";

test("without any Python a TypeScript application is served all the same, without a master", async (t) => {
  const file = join(apps, "ts", "basic.ts");
  const env = { PATH: "/nonexistent" };
  const server = await serve(t, file, { searchPython: true, env });
  await server.logged(({ msg }) => /this server has no master: there is no Python/.test(msg ?? ""));
  assert.equal((await fetch(server.url)).status, 200);
  const pid = String(server.pid);
  const { stdout } = await runCommand(["status", "--json", "--pid", pid]);
  const [status] = JSON.parse(stdout) as ServerStatus[];
  assert.equal(status?.pid, server.pid);
  assert.equal(status?.fronts[0]?.pid, server.pid);
  const reload = await runCommand(["reload", "--pid", pid]);
  assert.equal(reload.code, 0, reload.stderr);
  assert.equal((await runCommand(["scale", "3", "--pid", pid])).code, 0);
  await until(() => descendants(server.pid).length === 3, "there are three workers");
  process.kill(server.pid, "SIGTTOU");
  await until(() => descendants(server.pid).length === 2, "there are two");
  const upgrade = await runCommand(["upgrade", "--pid", pid]);
  assert.equal(upgrade.code, 3);
  assert.match(
    upgrade.stderr,
    /QUINTET_CONTROL: nothing was changed: This server has no master, so it cannot be upgraded/,
  );
  assert.equal((await fetch(server.url)).status, 200);
  assert.equal((await runCommand(["stop", "--pid", pid])).code, 0);
  assert.equal(await server.ended, 0);
});

test("without a master a signal that would leave too few workers changes nothing", async (t) => {
  const args = ["--workers", "2", "--keep-workers", "/healthz=1"];
  const file = join(apps, "ts", "basic.ts");
  const server = await serve(t, file, { searchPython: true, env: { PATH: "/nonexistent" }, args });
  process.kill(server.pid, "SIGTTOU");
  await server.logged(({ msg = "" }) =>
    msg.startsWith("SIGTTOU: nothing is done: keepWorkers keeps 1 of 1"),
  );
  assert.equal((await fetch(server.url)).status, 200);
});
