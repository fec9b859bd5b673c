import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { FrontStatus } from "../../src/front/status.ts";
import { edition } from "../../testing/edition.ts";
import { barrier } from "../../testing/barrier.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { frontsOf, isAlive, pythonChildren } from "../../testing/processes.ts";
import { statusOf } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";

async function frontStatuses(server: { pid: number }): Promise<FrontStatus[]> {
  return (await statusOf(server))?.fronts ?? [];
}

test("several fronts share the connections and the workers", async (t) => {
  const args = ["--fronts", "2", "--workers", "5", "--backlog", "100"];
  const server = await serve(t, "basic", { args });
  const fronts = frontsOf(server.pid);
  assert.equal(fronts.length, 2);
  await until(() => server.workers().length === 5, "both have their workers");
  assert.deepEqual(fronts.map((each) => pythonChildren(each).length).toSorted(), [2, 3]);
  // Each says it itself, perhaps after the master has said that all listen.
  for (const each of fronts)
    await server.logged(
      ({ front, msg }) => front === each && / workers of 1 thread/.test(msg ?? ""),
    );
  const asked = Array.from({ length: 40 }, () => fetch(`${server.url}/sleep?0.05`));
  for (const response of await Promise.all(asked)) assert.equal(response.status, 200);
  const statuses = await frontStatuses(server);
  assert.deepEqual(
    statuses.map(({ backlog }) => backlog),
    [50, 50],
  );
  for (const { pid, connections } of statuses) {
    assert.ok(connections > 0, `front ${pid} has none of the 40 connections`);
  }
});

test("if a front is killed, the other one serves until it is replaced", async (t) => {
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
  assert.match(stderr, /QUINTET_SETTING: 2 fronts need at least one worker each/);
  write("edition_now.py", "raise SystemExit(7)\n");
  const broken = await reload();
  assert.equal(broken.code, 3);
  assert.equal(await (await fetch(server.url)).text(), "2222 none");
  assert.equal((await statusOf(server))?.state, "running");
});

test("a reload that fails in one front changes nothing in any", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write, reload } = await edition(t, "edition", {}, { args });
  const workers = server.workers().toSorted();
  // The second one fails when the first has a worker.
  const held = barrier();
  const second = `${held.python}raise RuntimeError('the second one')\n`.replace(/^/gm, "    ");
  const module = `import os\ntry:\n    os.mkdir('first')\nexcept OSError:\n${second}\nNUMBER = 2\n`;
  write("edition_now.py", module);
  const reloading = reload();
  await held.untilReached();
  await until(() => server.workers().length === 3, "the first has a worker more");
  held.open();
  const { code, stderr } = await reloading;
  assert.equal(code, 3);
  assert.match(stderr, /the second one/);
  for (let visit = 0; visit < 20; visit += 1) {
    const response = await fetch(server.url, { headers: { Connection: "close" } });
    assert.equal(await response.text(), "1 none");
  }
  await until(() => server.workers().length === 2, "what has booted has ended");
  assert.deepEqual(server.workers().toSorted(), workers, "the same processes go on");
  const told = server.log().filter(({ msg }) => msg?.includes("nothing was changed"));
  assert.equal(told.length, 1, "that is said once");
  write("edition_now.py", "NUMBER = 3\n");
  assert.match((await reload()).stdout, /^generation 2 /);
  const fronts = await frontStatuses(server);
  assert.deepEqual(
    fronts.map(({ generation }) => generation),
    [2, 2],
  );
});

test("if a front dies during a reload, new fronts serve the reloaded code, all of them", async (t) => {
  const args = ["--fronts", "2", "--workers", "2"];
  const { server, write, reload } = await edition(t, "edition", {}, { args });
  const held = barrier();
  write("edition_now.py", `${held.python}NUMBER = 2\n`);
  const [, second] = frontsOf(server.pid);
  const reloading = reload();
  await held.untilReached(2);
  write("edition_now.py", "NUMBER = 3\n");
  process.kill(second as number, "SIGKILL");
  held.open();
  const { code, stderr } = await reloading;
  assert.equal(code, 0, stderr);
  const ended = `quintet reload: front ${second} has ended meanwhile, starting new fronts`;
  await server.logged(({ msg }) => msg === ended);
  for (let visit = 0; visit < 20; visit += 1) {
    const response = await fetch(server.url, { headers: { Connection: "close" } });
    assert.equal(await response.text(), "3 none");
  }
  let fronts: Awaited<ReturnType<typeof frontStatuses>> = [];
  await until(async () => {
    fronts = await frontStatuses(server);
    return fronts.length === 2;
  }, "the ones of before have ended");
  assert.deepEqual(
    fronts.map(({ generation }) => generation),
    [2, 2],
  );
});

test("a touched file that all fronts report causes a single reload", async (t) => {
  const args = ["--fronts", "2", "--workers", "2", "--touch-reload", "edition_now.py"];
  const { server, write } = await edition(t, "edition", {}, { args });
  write("edition_now.py", "NUMBER = 2222\n");
  await server.logged(({ msg }) => msg?.startsWith("generation 2 serves") === true);
  for (let visit = 0; visit < 20; visit += 1) {
    const response = await fetch(server.url, { headers: { Connection: "close" } });
    assert.equal(await response.text(), "2222 none");
  }
  // The other front has looked by then, too: each does twice a second. No line tells that it has.
  await sleep(1200);
  const reloads = server.log().filter(({ msg }) => msg?.endsWith(": reloading"));
  assert.equal(reloads.length, 1);
});

test("a file that is touched while one of them is dead is not missed", async (t) => {
  const args = ["--fronts", "2", "--workers", "2", "--touch-reload", "edition_now.py"];
  const { server, write } = await edition(t, "edition", {}, { args });
  process.kill(server.front, "SIGKILL");
  write("edition_now.py", "NUMBER = 2222\n");
  await server.logged(({ msg }) => /^(generation 2 serves|upgraded)/.test(msg ?? ""));
  for (let visit = 0; visit < 20; visit += 1) {
    const response = await fetch(server.url, { headers: { Connection: "close" } });
    assert.equal(await response.text(), "2222 none");
  }
});

test("more fronts than workers are refused at the start", async () => {
  const { code, stderr } = await runCommand(["--fronts", "3", "--workers", "2", "basic"]);
  assert.equal(code, 3);
  assert.match(stderr, /QUINTET_SETTING: 3 fronts share 2 workers: each takes at least one/);
});
