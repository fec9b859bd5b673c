import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerStatus } from "../../src/status.ts";
import { edition } from "../support/edition.ts";
import { serve } from "../support/serve.ts";
import { frontsOf, isAlive, pythonChildren, runCommand, until } from "../support/server.ts";

async function statusOf(pid: number): Promise<ServerStatus> {
  const { stdout } = await runCommand(["status", "--json", "--pid", String(pid)]);
  const [status] = JSON.parse(stdout) as ServerStatus[];
  return status as ServerStatus;
}

test("several fronts share the connections and the workers", async (t) => {
  const args = ["--fronts", "2", "--workers", "5", "--backlog", "100"];
  const server = await serve(t, "basic", { args });
  const fronts = frontsOf(server.pid);
  assert.equal(fronts.length, 2);
  await until(() => server.workers().length === 5, "both have their workers");
  assert.deepEqual(fronts.map((each) => pythonChildren(each).length).toSorted(), [2, 3]);
  const asked = Array.from({ length: 40 }, () => fetch(`${server.url}/sleep?0.05`));
  for (const response of await Promise.all(asked)) assert.equal(response.status, 200);
  const status = await statusOf(server.pid);
  assert.deepEqual(
    status.fronts.map(({ backlog }) => backlog),
    [50, 50],
  );
  for (const { pid, connections } of status.fronts) {
    assert.ok(connections > 0, `front ${pid} has none of the 40 connections`);
  }
});

test("a front that is killed leaves the other one to serve, and comes back", async (t) => {
  const server = await serve(t, "basic", { args: ["--fronts", "2", "--workers", "2"] });
  const [first, second] = frontsOf(server.pid);
  process.kill(first as number, "SIGKILL");
  await until(() => !isAlive(first as number), "it has ended");
  assert.equal((await fetch(server.url)).status, 200);
  await until(() => frontsOf(server.pid).length === 2, "there are two again");
  assert.ok(frontsOf(server.pid).includes(second as number));
});

test("a reload and a number of workers are for all of them", async (t) => {
  const { server, write, reload } = await edition(
    t,
    "edition",
    {},
    {
      args: ["--fronts", "2", "--workers", "2"],
    },
  );
  write("edition_now.py", "NUMBER = 2222\n");
  assert.equal((await reload()).code, 0);
  for (let visit = 0; visit < 20; visit += 1) {
    const response = await fetch(server.url, { headers: { Connection: "close" } });
    assert.equal(await response.text(), "2222 none");
  }
  const scale = (number: number) =>
    runCommand(["scale", String(number), "--pid", String(server.pid)]);
  assert.equal((await scale(5)).code, 0);
  await until(() => server.workers().length === 5, "there are five workers");
  const { code, stderr } = await scale(1);
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_SETTING: 2 fronts take at least a worker each/);
  write("edition_now.py", "raise SystemExit(7)\n");
  const broken = await reload();
  assert.equal(broken.code, 3);
  assert.equal(await (await fetch(server.url)).text(), "2222 none");
  await sleep(100);
  assert.equal((await statusOf(server.pid)).state, "running");
});

test("more fronts than workers are refused at the start", async () => {
  const { code, stderr } = await runCommand(["--fronts", "3", "--workers", "2", "basic"]);
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_SETTING: 3 fronts share 2 workers: each takes at least one/);
});
