import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { get } from "../../testing/hangs.ts";
import { apps } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { type Running } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

const kept = (...patterns: string[]): string[] =>
  patterns.flatMap((each) => ["--keep-workers", each]);

function site(t: TestContext, workers: number, ...args: string[]): Promise<Running> {
  return serve(t, "hangs", { args: ["--workers", String(workers), ...args] });
}

/** So many requests for a path at once: the workers that have answered, the statuses, and how long all of it took. */
async function flood(
  server: Running,
  path: string,
  count: number,
): Promise<{ pids: Set<string>; statuses: number[]; seconds: number }> {
  const began = performance.now();
  const answers = Array.from({ length: count }, async () => {
    const response = await fetch(server.url + path);
    await response.text();
    return { status: response.status, pid: response.headers.get("x-pid") ?? "" };
  });
  const all = await Promise.all(answers);
  const seconds = (performance.now() - began) / 1000;
  const pids = all.filter(({ status }) => status === 200).map(({ pid }) => pid);
  return { pids: new Set(pids), statuses: all.map(({ status }) => status), seconds };
}

/** Ask for a path again and again while something lasts; gives the longest that it took, in seconds, and how many. */
async function meanwhile(
  server: Running,
  path: string,
  what: Promise<unknown>,
): Promise<{ slowest: number; count: number }> {
  const over = new AbortController();
  void what.finally(() => over.abort());
  let slowest = 0;
  let count = 0;
  for (; !over.signal.aborted; count += 1) {
    const { status, seconds } = await get(server, path);
    assert.equal(status, 200);
    slowest = Math.max(slowest, seconds);
  }
  return { slowest, count };
}

test("a kept worker answers its paths at once, while all others are busy for long", async (t) => {
  const server = await site(t, 3, ...kept("/pid=1"));
  const slow = flood(server, "/sleep?1", 6);
  const { slowest, count } = await meanwhile(server, "/pid", slow);
  assert.ok(slowest < 1, `${slowest} s`);
  assert.ok(count > 100, `${count} answers`);
  assert.ok((await slow).seconds > 2.99, "other requests have two workers at a time");
});

test("fast requests, of which a worker is given several, do not use it either", async (t) => {
  const server = await site(t, 2, ...kept("/sleep*=1"));
  const { pids } = await flood(server, "/pid", 300);
  assert.equal(pids.size, 1);
  const answers = flood(server, "/sleep?0.3", 1);
  assert.equal((await flood(server, "/pid", 300)).pids.size, 1);
  await answers;
});

test("kept paths may use every worker, and what they do not use of their own is not used", async (t) => {
  const server = await site(t, 3, ...kept("/sleep=1"));
  const began = performance.now();
  assert.equal((await flood(server, "/sleep?1", 3)).pids.size, 3);
  assert.ok(performance.now() - began < 1900, "at once");
  assert.ok((await flood(server, "/stream?0.3", 6)).seconds > 0.89, "two at a time");
});

test("each pattern has workers of its own, which the other patterns do not get", async (t) => {
  const server = await site(t, 3, ...kept("/pid=1", "/sl*=1"));
  const slow = flood(server, "/sleep?0.5", 8);
  const { slowest } = await meanwhile(server, "/pid", slow);
  assert.ok(slowest < 1, `${slowest} s`);
  assert.ok((await slow).seconds > 1.99, "two at a time");
  assert.ok((await flood(server, "/stream?0.2", 5)).seconds > 0.99, "one is nobody's");
});

test("they have a queue of their own: the others' being full refuses them nothing", async (t) => {
  const server = await site(t, 2, "--backlog", "2", ...kept("/pid=1"));
  const slow = flood(server, "/sleep?1", 10);
  const { slowest } = await meanwhile(server, "/pid", slow);
  assert.ok(slowest < 1, `${slowest} s`);
  const { statuses } = await slow;
  assert.ok(statuses.filter((each) => each === 503).length >= 6, statuses.join(" "));
  await server.logged(({ code }) => code === "QUINTET_QUEUE_FULL");
});

test("workers are kept also when all others hang", async (t) => {
  const args = ["--timeout", "1", "--timeout-grace", "1", ...kept("/pid=1")];
  const server = await site(t, 3, ...args);
  const hung = flood(server, "/lock", 2);
  const { slowest } = await meanwhile(server, "/pid", hung);
  assert.ok(slowest < 1, `${slowest} s`);
  assert.deepEqual((await hung).statuses, [504, 504]);
});

test("workers of several threads are kept whole", async (t) => {
  const server = await site(t, 2, "--threads", "3", ...kept("/pid=1"));
  const slow = flood(server, "/sleep?0.5", 18);
  const { slowest } = await meanwhile(server, "/pid", slow);
  assert.ok(slowest < 1, `${slowest} s`);
  assert.equal((await slow).pids.size, 1);
});

test("a reload keeps them, and takes what waits along", async (t) => {
  const server = await site(t, 2, ...kept("/pid=1"));
  const slow = flood(server, "/sleep?0.4", 8);
  const reloaded = runCommand(["reload", "--pid", String(server.pid)]);
  const { slowest } = await meanwhile(server, "/pid", Promise.all([slow, reloaded]));
  assert.equal((await reloaded).code, 0);
  assert.ok(slowest < 1, `${slowest} s`);
  const { statuses, seconds } = await slow;
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.ok(seconds > 2.7, "one at a time, but for the last of the old generation");
});

test("middleware in TypeScript and the application behind it keep them both", async (t) => {
  const around = `
import { getPythonApplication } from "quintet/python";
const python = getPythonApplication("hangs:application");
export const application = (environ, startResponse) => python(environ, startResponse);
`;
  const cwd = folderWith({ "wsgi.ts": around });
  const args = ["--workers", "2", ...kept("/pid=1")];
  const server = await serve(t, "wsgi.ts", { cwd, args, env: { PYTHONPATH: apps } });
  await get(server, "/pid");
  const slow = flood(server, "/sleep?0.5", 6);
  const { slowest } = await meanwhile(server, "/pid", slow);
  assert.ok(slowest < 1, `${slowest} s`);
});

test("quintet status shows who has workers kept, and what waits", async (t) => {
  const server = await site(t, 2, ...kept("/pid=1"));
  const slow = flood(server, "/sleep?1", 4);
  await until(() => server.workers().length === 2, "there are two");
  await get(server, "/pid");
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, /2 of 2 workers ready, [23] of at most 2048 requests wait\n/);
  assert.match(stdout, /\n {6}\/pid has 1 worker kept, 0 of at most 2048 requests wait\n/);
  await slow;
});

for (const [args, expected] of [
  [["--keep-workers", "/pid=2"], /keepWorkers keeps 2 of 2 workers, and none is left for other/],
  [["--keep-workers", "1"], /keepWorkers is "1", and should be for a path, such as \/healthz=1/],
  [["--keep-workers", "pid=1"], /keepWorkers is "pid", and should be for a path such as/],
  [["--keep-workers", "/pid=0"], /keepWorkers is "0", and should be a whole number from 1 to/],
] as const) {
  test(`${args.join(" ")} is refused by name`, async () => {
    const all = ["--bind", "127.0.0.1:0", "--workers", "2", ...args, "hangs"];
    const { code, stderr } = await runCommand(all);
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_SETTING/);
    assert.match(stderr, expected);
  });
}
