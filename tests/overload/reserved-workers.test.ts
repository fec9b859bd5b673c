import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type Barrier, barrier } from "../../testing/barrier.ts";
import { apps } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { type Running } from "../../testing/server.ts";
import { requestsOf, untilRequests } from "../../testing/status.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

const keepWorkers = (...patterns: string[]): string[] =>
  patterns.flatMap((each) => ["--keep-workers", each]);

function site(t: TestContext, workers: number, ...args: string[]): Promise<Running> {
  return serve(t, "held", { args: ["--workers", String(workers), ...args] });
}

interface Answer {
  status: number;
  /** The worker that answered. */
  pid: string;
}

async function get(server: Running, path: string): Promise<Answer> {
  const response = await fetch(server.url + path);
  await response.text();
  return { status: response.status, pid: response.headers.get("x-pid") ?? "" };
}

/** This many simultaneous requests for a path. */
const flood = (server: Running, path: string, count: number): Promise<Answer>[] =>
  Array.from({ length: count }, () => get(server, path));

/** Wait until all have got 200; returns the workers that answered. */
async function workersOf(answers: Promise<Answer>[]): Promise<Set<string>> {
  const all = await Promise.all(answers);
  assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([200]));
  return new Set(all.map(({ pid }) => pid));
}

/** So many requests for a path, which wait at a barrier; they are there, and as many of them as are to run do so. */
async function holdUp(
  server: Running,
  path: string,
  held: Barrier,
  { count, run }: { count: number; run: number },
): Promise<Promise<Answer>[]> {
  const answers = flood(server, `${path}?${held.path}`, count);
  await held.untilReached(run);
  await until(async () => {
    const { running, waiting } = await requestsOf(server);
    return running + waiting === count;
  }, "all are there");
  return answers;
}

/** A path is answered again and again, while so many others wait at a barrier, and no more. */
async function isServed(
  server: Running,
  path: string,
  { held, run }: { held: Barrier; run: number },
): Promise<void> {
  for (let visit = 0; visit < 50; visit += 1) await workersOf([get(server, path)]);
  assert.equal(held.reached().length, run);
}

/** A path is answered repeatedly until something ends. */
async function isServedUntil(server: Running, path: string, what: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  void what.finally(() => over.abort());
  await until(async () => {
    await workersOf([get(server, path)]);
    return over.signal.aborted;
  }, "it is over");
}

test("a reserved worker answers its paths at once, while all others are busy for long", async (t) => {
  const server = await site(t, 3, ...keepWorkers("/pid=1"));
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 6, run: 2 });
  await isServed(server, "/pid", { held, run: 2 });
  held.open();
  await workersOf(slow);
});

test("fast requests, which a worker gets several at a time, do not use a reserved worker either", async (t) => {
  const server = await site(t, 2, ...keepWorkers("/slow*=1"));
  const first = await workersOf(flood(server, "/pid", 300));
  assert.equal(first.size, 1);
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 1, run: 1 });
  assert.equal((await workersOf(flood(server, "/pid", 300))).size, 1);
  held.open();
  await workersOf(slow);
});

test("paths with reserved workers may use every worker, and reserved workers that they do not need stay idle", async (t) => {
  const server = await site(t, 3, ...keepWorkers("/slow=1"));
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 3, run: 3 });
  held.open();
  assert.equal((await workersOf(slow)).size, 3);
  const others = barrier();
  const other = await holdUp(server, "/other", others, { count: 6, run: 2 });
  await isServed(server, `/slow?${held.path}`, { held: others, run: 2 });
  others.open();
  await workersOf(other);
});

test("each pattern has workers of its own, which the other patterns do not get", async (t) => {
  const server = await site(t, 3, ...keepWorkers("/pid=1", "/sl*=1"));
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 8, run: 2 });
  await isServed(server, "/pid", { held, run: 2 });
  held.open();
  await workersOf(slow);
  // One worker is not reserved.
  const others = barrier();
  const other = await holdUp(server, "/other", others, { count: 5, run: 1 });
  await isServed(server, `/slow?${held.path}`, { held: others, run: 1 });
  others.open();
  await workersOf(other);
});

test("they have their own queue, so a full queue of other requests does not refuse them", async (t) => {
  const server = await site(t, 2, "--backlog", "2", ...keepWorkers("/pid=1"));
  const held = barrier();
  let refused = 0;
  const slow = flood(server, `/slow?${held.path}`, 10).map(async (answer) => {
    const { status } = await answer;
    if (status === 503) refused += 1;
    return status;
  });
  // One runs, one may be at its worker, two wait.
  await until(() => refused >= 6, "the others are refused");
  await isServed(server, "/pid", { held, run: 1 });
  await server.logged(({ code }) => code === "QUINTET_QUEUE_FULL");
  held.open();
  assert.equal((await Promise.all(slow)).filter((status) => status === 200).length, 10 - refused);
});

test("workers stay reserved when all others hang", async (t) => {
  const args = ["--timeout", "5", "--timeout-grace", "1", ...keepWorkers("/pid=1")];
  const server = await site(t, 3, ...args);
  const hung = Promise.all(flood(server, "/lock", 2));
  await untilRequests(server, { running: 2 });
  const first = await Promise.race([hung, get(server, "/pid")]);
  assert.ok("pid" in first, "it does not wait until the others have run out of time");
  await isServedUntil(server, "/pid", hung);
  assert.deepEqual(
    (await hung).map(({ status }) => status),
    [504, 504],
  );
});

test("workers of several threads are reserved as a whole", async (t) => {
  const server = await site(t, 2, "--threads", "3", ...keepWorkers("/pid=1"));
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 18, run: 3 });
  await isServed(server, "/pid", { held, run: 3 });
  held.open();
  assert.equal((await workersOf(slow)).size, 1);
});

test("a reload keeps reserved workers, and waiting requests move along", async (t) => {
  const server = await site(t, 2, ...keepWorkers("/pid=1"));
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 8, run: 1 });
  const reloaded = runCommand(["reload", "--pid", String(server.pid)]);
  await isServedUntil(server, "/pid", reloaded);
  assert.equal((await reloaded).code, 0);
  // One of the old generation, and one of the new.
  await held.untilReached(2);
  await isServed(server, "/pid", { held, run: 2 });
  held.open();
  await workersOf(slow);
});

test("middleware in TypeScript and the application behind it both have reserved workers", async (t) => {
  const around = `
import { getPythonApplication } from "quintet/python";
const python = getPythonApplication("held:application");
export const application = (environ, startResponse) => python(environ, startResponse);
`;
  const cwd = folderWith({ "wsgi.ts": around });
  const args = ["--workers", "2", ...keepWorkers("/pid=1")];
  const server = await serve(t, "wsgi.ts", { cwd, args, env: { PYTHONPATH: apps } });
  const held = barrier();
  const slow = flood(server, `/slow?${held.path}`, 6);
  await held.untilReached();
  await isServed(server, "/pid", { held, run: 1 });
  held.open();
  await workersOf(slow);
});

test("quintet status shows reserved workers and waiting requests", async (t) => {
  const server = await site(t, 2, ...keepWorkers("/pid=1"));
  const held = barrier();
  const slow = await holdUp(server, "/slow", held, { count: 4, run: 1 });
  await get(server, "/pid");
  const { stdout } = await runCommand(["status", "--pid", String(server.pid)]);
  assert.match(stdout, /2 of 2 workers ready, [23] of at most 2048 requests wait\n/);
  assert.match(stdout, /\n {6}\/pid has 1 worker reserved, 0 of at most 2048 requests wait\n/);
  held.open();
  await workersOf(slow);
});

for (const [args, expected] of [
  [["--keep-workers", "/pid=2"], /keepWorkers keeps 2 of 2 workers, and none is left for other/],
  [["--keep-workers", "1"], /keepWorkers is "1"; it must be set for a path, such as \/healthz=1/],
  [["--keep-workers", "pid=1"], /keepWorkers is "pid"; it must be set for a path such as/],
  [["--keep-workers", "/pid=0"], /keepWorkers is "0"; it must be a whole number from 1 to/],
] as const) {
  test(`${args.join(" ")} is refused by name`, async () => {
    const all = ["--bind", "127.0.0.1:0", "--workers", "2", ...args, "hangs"];
    const { code, stderr } = await runCommand(all);
    assert.equal(code, 3);
    assert.match(stderr, /QUINTET_SETTING/);
    assert.match(stderr, expected);
  });
}
