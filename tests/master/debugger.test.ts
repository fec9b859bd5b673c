// Node opens its debugger on SIGUSR1, to every user of the machine. None that we start does.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { listeningPorts } from "../../testing/listening-ports.ts";
import { apps, root } from "../../testing/paths.ts";
import { descendants, parentOf } from "../../testing/processes.ts";
import { servePython } from "../../testing/python-server.ts";
import { serve } from "../../testing/serve.ts";
import type { StartOptions } from "../../testing/server.ts";
import { statusOf } from "../../testing/status.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

/** The file itself is started, as npm links it, and finds Node on the path. */
const asProgram: StartOptions = {
  by: ["/bin/sh", "-c", 'shift; exec "$@"', "sh"],
  env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
};
const around = join(apps, "ts", "around.ts");
const DEBUGGER = /Debugger listening|Starting inspector/;
const SIGUSR1 = 1n << 9n;
const SIGUSR2 = 1n << 11n;

/** Whether it is a Node that the signal does not end any more: from its first milliseconds on. */
function takesSignal(pid: number): boolean {
  try {
    if (!readlinkSync(`/proc/${pid}/exe`).endsWith("/node")) return false;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mask = (name: string): bigint =>
      BigInt(`0x${new RegExp(`^${name}:\\s+(\\w+)$`, "m").exec(status)?.[1]}`);
    // Before it executes its program a new process blocks everything, and is the Node that has started it.
    if ((mask("SigBlk") & SIGUSR2) !== 0n) return false;
    return ((mask("SigBlk") | mask("SigCgt")) & SIGUSR1) !== 0n;
  } catch {
    return false; // it has ended
  }
}

/** Send the signal to every Node below this process that fits, again and again. Returns to how many. */
function pester(fits: (pid: number) => boolean): () => number {
  const seen = new Set<number>();
  const timer = setInterval(() => {
    for (const pid of descendants(process.pid).filter(takesSignal).filter(fits)) {
      seen.add(pid);
      process.kill(pid, "SIGUSR1");
    }
  }, 2);
  return () => {
    clearInterval(timer);
    return seen.size;
  };
}

function opensNothing(pid: number, ...ports: number[]): void {
  for (const each of [pid, ...descendants(pid)])
    assert.deepEqual(
      listeningPorts(each).filter((port) => !ports.includes(port)),
      [],
    );
}

for (const [how, options, fewest, fits] of [
  ["its file", asProgram, 5, () => true],
  // The flags of the first process are those of whoever has started it.
  ["Node", {}, 4, (pid: number) => parentOf(pid) !== process.pid],
] as const) {
  test(`a SIGUSR1 while the server starts opens no debugger in any process: started by ${how}`, async (t) => {
    const stop = pester(fits);
    t.after(stop);
    const server = await serve(t, around, { ...options, args: ["--workers", "2"] });
    assert.equal((await fetch(server.url)).status, 200);
    // The command, what evaluates wsgi.ts, the front, its two workers.
    const nodes = stop();
    assert.ok(nodes >= fewest, `${nodes} were sent it`);
    opensNothing(server.pid, server.port);
    assert.doesNotMatch(server.output(), DEBUGGER);
  });
}

test("the Node that another server's Python starts does not open a debugger either", async (t) => {
  const stop = pester(() => true);
  t.after(stop);
  const server = await servePython(t, "wsgiref", join(apps, "ts", "basic.ts"));
  assert.ok(stop() >= 1);
  const nodes = server.nodes();
  assert.ok(nodes.length >= 1);
  for (const pid of nodes) opensNothing(pid);
  assert.doesNotMatch(server.output(), DEBUGGER);
});

test("the master gets the signal nevertheless, and reopens its log", async (t) => {
  const file = join(folderWith(), "quintet.log");
  const server = await serve(t, "basic", {
    ...asProgram,
    args: ["--log-file", file],
    silent: true,
  });
  await until(
    () => existsSync(file) && readFileSync(file, "utf8").includes("listening on"),
    "the log",
  );
  renameSync(file, `${file}.1`);
  process.kill(server.pid, "SIGUSR1");
  await until(() => existsSync(file), "it opens the file");
});

test("without a master the signal is not received, but a log that was moved away is reopened", async (t) => {
  const file = join(folderWith(), "quintet.log");
  const PATH = folderWith();
  symlinkSync(process.execPath, join(PATH, "node"));
  symlinkSync("/bin/sh", join(PATH, "sh"));
  const server = await serve(t, join(apps, "ts", "basic.ts"), {
    by: asProgram.by as string[],
    env: { PATH },
    args: ["--log-file", file],
    searchPython: true,
    silent: true,
  });
  await until(
    () => existsSync(file) && readFileSync(file, "utf8").includes("listening on"),
    "the log",
  );
  assert.match(readFileSync(file, "utf8"), /this server has no master/);
  process.kill(server.pid, "SIGUSR1");
  renameSync(file, `${file}.1`);
  await until(() => existsSync(file), "it opens the file");
  opensNothing(server.pid, server.port);
  await fetch(`${server.url}/?after`);
  await until(() => readFileSync(file, "utf8").includes("/?after"), "it logs there");
});

test("the shell that starts Node does not hide the link in the command's path", async (t) => {
  const folder = folderWith();
  const current = join(folder, "current");
  symlinkSync(root, current);
  const server = await serve(t, "basic", {
    ...asProgram,
    env: { ...asProgram.env, PWD: undefined },
    command: join(current, "bin", "quintet.js"),
    cwd: root,
    args: ["--chdir", join("tests", "apps")],
  });
  assert.equal((await statusOf(server))?.folder, join(current, "tests", "apps"));
});
