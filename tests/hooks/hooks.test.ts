import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { apps } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { isAlive, zygoteOf } from "../../testing/processes.ts";
import { type LogLine, type Running, type StartOptions } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";

/** Answers with its pid, whether its hook has been called, and the pid of the process that imported the module. */
const APP = `import os, time, monitor
def application(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [])
    return [monitor.text().encode()]
`;
const MONITOR = `import atexit, os
BEGUN = []
IMPORTED = os.getpid()
def note(what):
    with open("notes", "a") as file:
        file.write("%s %d\\n" % (what, os.getpid()))
def text():
    return " ".join(BEGUN) or "no hook"
def post_fork(worker):
    assert worker.pid == os.getpid()
    atexit.register(note, "atexit")
    BEGUN.append("%d %d %d %s %d" % (worker.pid, worker.number, worker.threads, worker.forked, IMPORTED))
    note("begun")
def worker_exit(worker):
    assert worker.pid == os.getpid()
    note("exit")
def when_ready(server):
    raise AssertionError("is no hook here")
`;

interface Site {
  server: Running;
  folder: string;
  write(file: string, text: string): void;
  /** What the hooks of a process have recorded. */
  notes(pid: number): string[];
}

async function site(t: TestContext, options: StartOptions = {}, more = ""): Promise<Site> {
  const folder = folderWith({ "app.py": APP, "monitor.py": MONITOR + more });
  const notes = join(folder, "notes");
  const server = await serve(t, "app", {
    ...options,
    cwd: folder,
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    args: ["--hooks", "monitor", ...(options.args ?? [])],
  });
  return {
    server,
    folder,
    write: (file, text) => writeFileSync(join(folder, file), text),
    notes: (pid) =>
      (existsSync(notes) ? readFileSync(notes, "utf8") : "")
        .split("\n")
        .filter((line) => line.endsWith(` ${pid}`))
        .map((line) => line.split(" ")[0] as string),
  };
}

/** Wait until a worker has ended and its hooks have run. */
async function ends({ notes }: Site, pid: number): Promise<void> {
  await until(() => !isAlive(pid), "it has ended");
  assert.deepEqual(notes(pid), ["begun", "exit", "atexit"]);
}

const says = async ({ server }: Site): Promise<string[]> =>
  (await (await fetch(server.url)).text()).split(" ");

test("post_fork is called in each forked worker before its first request", async (t) => {
  const one = await site(t, { args: ["--workers", "2"] });
  const zygote = zygoteOf(one.server);
  await until(() => one.server.workers().length === 2, "there are two");
  const seen = new Map<string, string>();
  await until(async () => {
    const texts = Array.from({ length: 4 }, () => fetch(`${one.server.url}/?0.05`));
    for (const each of await Promise.all(texts)) {
      const [pid, number, threads, forked, imported] = (await each.text()).split(" ");
      assert.deepEqual([threads, forked, imported], ["1", "True", String(zygote)]);
      seen.set(pid as string, number as string);
    }
    return seen.size === 2;
  }, "both have answered");
  assert.deepEqual([...seen.values()].toSorted(), ["1", "2"]);
});

for (const [how, args] of [
  ["one thread", []],
  ["several threads", ["--threads", "2"]],
  ["an import of its own", ["--no-preload"]],
] as const) {
  test(`worker_exit is called before atexit when the server stops: a worker of ${how}`, async (t) => {
    const one = await site(t, { args: [...args] });
    const [pid, , threads, forked] = await says(one);
    assert.equal(threads, args.includes("--threads" as never) ? "2" : "1");
    assert.equal(forked, args.includes("--no-preload" as never) ? "False" : "True");
    assert.equal(await one.server.stop(), 0);
    await ends(one, Number(pid));
  });
}

test("worker_exit is called after a reload, and in a worker whose request was interrupted", async (t) => {
  // Long enough for quick requests.
  const one = await site(t, { args: ["--timeout", "3"] });
  const [old] = await says(one);
  const { code } = await runCommand(["reload", "--pid", String(one.server.pid)]);
  assert.equal(code, 0);
  await ends(one, Number(old));
  const [hung] = await says(one);
  assert.notEqual(hung, old);
  assert.equal((await fetch(`${one.server.url}/?60`)).status, 504);
  await ends(one, Number(hung));
  const [after] = await says(one);
  process.kill(Number(after), "SIGKILL");
  const [last] = await says(one);
  assert.notEqual(last, after);
  assert.deepEqual(one.notes(Number(after)), ["begun"]);
});

test("a reload with a post_fork that raises changes nothing, and shows the traceback", async (t) => {
  const one = await site(t);
  const before = await says(one);
  const good = MONITOR;
  one.write("monitor.py", good.replace('note("begun")', 'raise RuntimeError("no such monitor")'));
  const { code, stderr } = await runCommand(["reload", "--pid", String(one.server.pid)]);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /QUINTET_HOOK_FAILED: nothing was changed: post_fork of the module 'monitor' has raised/,
  );
  assert.match(stderr, /monitor\.py", line \d+, in post_fork[^]*RuntimeError: no such monitor/);
  assert.deepEqual(await says(one), before);
  one.write("monitor.py", good);
  assert.equal((await runCommand(["reload", "--pid", String(one.server.pid)])).code, 0);
  assert.notDeepEqual(await says(one), before);
});

test("if worker_exit raises, it is logged and the worker ends normally", async (t) => {
  const raising =
    "\ndef worker_exit(worker):\n    note('exit')\n    raise RuntimeError('too late')\n";
  const one = await site(t, {}, raising);
  const [pid] = await says(one);
  assert.equal(await one.server.stop(), 0);
  await ends(one, Number(pid));
  const fits = (line: LogLine): boolean =>
    line.level === "error" && line.worker === Number(pid) && /too late/.test(line.detail ?? "");
  const line = one.server.log().find(fits);
  assert.equal(line?.msg, "worker_exit of the module 'monitor' has raised.");
  assert.match(line?.detail ?? "", /in worker_exit[^]*RuntimeError: too late/);
});

test("a successor that cannot start is tried again", async (t) => {
  const failing = `
def post_fork(worker):
    if os.path.exists("broken"):
        raise RuntimeError("not now")
    BEGUN.append("%d" % worker.pid)
`;
  const one = await site(t, {}, failing);
  const [pid] = await says(one);
  one.write("broken", "");
  process.kill(Number(pid), "SIGKILL");
  await one.server.logged(
    ({ code, msg }) => code === "QUINTET_HOOK_FAILED" && /Next try in/.test(msg ?? ""),
  );
  const answer = says(one);
  rmSync(join(one.folder, "broken"));
  assert.notEqual((await answer)[0], pid);
});

test("hooks have no effect on a TypeScript application without Python, and the log says so", async (t) => {
  const server = await serve(t, join(apps, "ts", "basic.ts"), { args: ["--hooks", "monitor"] });
  await server.logged(
    ({ level, msg }) => level === "warn" && /hooks has no effect/.test(msg ?? ""),
  );
  assert.equal((await fetch(server.url)).status, 200);
});

test("a worker_exit that hangs is killed after gracefulTimeout, but not before three seconds, and the log says so", async (t) => {
  const hangs = "def worker_exit(worker):\n    import time\n    time.sleep(60)\n";
  const one = await site(t, { args: ["--graceful-timeout", "1"] }, hangs);
  const [pid] = await says(one);
  assert.equal(await one.server.stop(), 0);
  await one.server.logged(
    ({ worker, msg }) =>
      worker === Number(pid) && msg === "did not end within 3 s, in worker_exit: killed",
  );
  assert.equal(isAlive(Number(pid)), false);
});
