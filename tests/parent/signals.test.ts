import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, renameSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerStatus } from "../../src/status.ts";
import { apps, python } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { start } from "../../testing/server.ts";
import { until } from "../../testing/wait.ts";
import { folderWith } from "../../testing/temp.ts";
import { ofUser } from "../../testing/user.ts";

test("QUIT ends everything at once", async () => {
  const server = await start("basic");
  const all = descendants(server.pid);
  const hung = fetch(`${server.url}/sleep?60`).then(
    () => "answered",
    () => "cut",
  );
  await sleep(300);
  const began = performance.now();
  process.kill(server.pid, "SIGQUIT");
  assert.equal(await server.ended, 1);
  assert.ok(performance.now() - began < 3000);
  assert.equal(await hung, "cut");
  assert.match(server.output(), /SIGQUIT: stopping at once/);
  await until(() => !all.some(isAlive), "nothing is left");
});

test("USR1 opens the log anew after it has been moved away, and never Node's inspector", async (t) => {
  const folder = folderWith();
  const file = join(folder, "quintet.log");
  const server = await serve(t, "basic", { args: ["--log-file", file], silent: true });
  await until(
    () => existsSync(file) && readFileSync(file, "utf8").includes("listening on"),
    "the log",
  );
  await fetch(`${server.url}/?before`);
  await until(() => readFileSync(file, "utf8").includes("/?before"), "it is logged");
  renameSync(file, `${file}.1`);
  process.kill(server.pid, "SIGUSR1");
  await until(() => existsSync(file), "there is a new file");
  await until(() => {
    void fetch(`${server.url}/?after`).catch(() => {});
    return readFileSync(file, "utf8").includes("/?after");
  }, "it is logged there");
  process.kill(server.front, "SIGUSR1");
  process.kill(server.front, "SIGKILL"); // the parent's own line
  await until(
    () => readFileSync(file, "utf8").includes("died (killed by SIGKILL)"),
    "the parent logs there, too",
  );
  assert.doesNotMatch(readFileSync(`${file}.1`, "utf8"), /\?after|died/);
  const inspector = connect(9229, "127.0.0.1");
  const opened = await new Promise((resolve) => {
    inspector.on("connect", () => resolve(true));
    inspector.on("error", () => resolve(false));
  });
  inspector.destroy();
  assert.equal(opened, false);
});

test("a log file that cannot be written is told at the start", async () => {
  const command = ["--log-file", "/nowhere/quintet.log", "basic"];
  const { code, stdout, stderr } = await runCommand(command);
  assert.equal(code, 3);
  assert.equal(stdout, "", "that is said once");
  assert.match(
    stderr,
    /QUINTET_LOG_FILE: The log cannot be written to \/nowhere\/quintet\.log: ENOENT/,
  );
});

test("TTIN and TTOU give a worker more and less, WINCH has them leave, HUP brings them back", async (t) => {
  // Not in the foreground of the terminal, if any, where these tests are run.
  const server = await serve(t, "basic", { args: ["--workers", "2"], ownGroup: true });
  const become = (count: number) =>
    until(() => server.workers().length === count, `there are ${count} workers`);
  process.kill(server.pid, "SIGTTIN");
  await become(3);
  process.kill(server.pid, "SIGTTOU");
  await become(2);
  process.kill(server.pid, "SIGTTOU");
  await become(1);
  process.kill(server.pid, "SIGTTOU");
  await sleep(300);
  await become(1);
  process.kill(server.pid, "SIGWINCH");
  await become(0);
  const waiting = fetch(server.url);
  await sleep(200);
  process.kill(server.pid, "SIGHUP");
  assert.equal((await waiting).status, 200);
  await become(2);
});

test("a stop does not wait for requests that wait for workers that were sent away", async (t) => {
  const server = await serve(t, "basic", { ownGroup: true });
  const running = await fetch(`${server.url}/stream?20,0.1`);
  process.kill(server.pid, "SIGWINCH");
  await server.logged(({ msg }) => msg === "from 1 to 0 workers: SIGWINCH");
  const waiting = fetch(server.url);
  let queued = 0;
  while (queued === 0) {
    const { stdout } = await runCommand(["status", "--json", "--pid", String(server.pid)]);
    queued = (JSON.parse(stdout) as ServerStatus[])[0]?.fronts[0]?.pools[0]?.waiting ?? 0;
  }
  const began = performance.now();
  assert.equal(await server.stop(), 0);
  assert.ok(performance.now() - began < 10_000);
  assert.equal((await waiting).status, 503);
  assert.match(await running.text(), /19/, "what runs comes to its end");
});

const pseudo = `
import fcntl, os, pty, struct, sys, termios
terminal, seen = pty.openpty()
print(os.ttyname(seen), flush=True)
for line in sys.stdin:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(line), 0, 0))
    print("resized", flush=True)
`;

test("a terminal whose size is changed has no worker leave, also where the output goes elsewhere", async (t) => {
  const terminal = spawn(python, ["-c", pseudo], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => terminal.kill());
  const said = createInterface({ input: terminal.stdout });
  const [path] = (await once(said, "line")) as [string];
  const by = ["/bin/sh", "-c", `exec /usr/bin/setsid --ctty "$@" < ${path}`, "sh"];
  const alone = { by, searchPython: true, env: { PATH: "/nonexistent" } };
  for (const [target, options] of [
    ["basic", { by }],
    [join(apps, "ts", "basic.ts"), alone],
  ] as const) {
    const server = await serve(t, target, options);
    const resized = once(said, "line");
    terminal.stdin.write("100\n");
    await resized;
    await sleep(300);
    const answer = await fetch(server.url, { signal: AbortSignal.timeout(5000) });
    assert.equal(answer.status, 200);
    await server.stop();
  }
});

test("a signal while it boots is not lost", async () => {
  const folder = folderWith({
    "slow.py":
      "import time\ntime.sleep(2)\nfrom wsgiref.simple_server import demo_app as application\n",
  });
  const server = await start("slow", { cwd: folder, silent: true });
  await until(() => descendants(server.pid).length >= 2, "it boots");
  process.kill(server.pid, "SIGTERM");
  const began = performance.now();
  assert.equal(await server.ended, 0);
  assert.ok(performance.now() - began < 1800);
});

test("TERM to every process of the server, as systemd does, finishes what runs", async () => {
  const server = await start("basic", { args: ["--workers", "2"] });
  const slow = fetch(`${server.url}/sleep?1`);
  await sleep(300);
  for (const pid of [server.pid, ...descendants(server.pid)]) process.kill(pid, "SIGTERM");
  assert.equal((await slow).status, 200);
  assert.equal(await server.ended, 0);
});

test("TERM ends it also where the file of its socket cannot be removed", async () => {
  const folder = folderWith();
  chmodSync(folder, 0o777);
  const bind = ["--bind", `unix:${join(folder, "shop.sock")}`];
  const server = await start("basic", { ...ofUser, args: [...(ofUser.args ?? []), ...bind] });
  chmodSync(folder, 0o555);
  assert.equal(await server.stop(), 0);
});

test("quintet scale says what it wants", async (t) => {
  const server = await serve(t, "basic");
  for (const words of [[], ["many"], ["0"], ["-1"]]) {
    const { code, stderr } = await runCommand(["scale", ...words, "--pid", String(server.pid)]);
    assert.equal(code, 2);
    assert.match(stderr, /QUINTET_USAGE/);
  }
  const { code, stdout } = await runCommand(["scale", "2", "--pid", String(server.pid)]);
  assert.equal(code, 0);
  assert.match(stdout, /2 workers of basic in \S+, until the next reload or upgrade/);
  await until(() => server.workers().length === 2, "there are two");
  const all = JSON.parse((await runCommand(["status", "--json"])).stdout) as ServerStatus[];
  assert.equal(all.find(({ pid }) => pid === server.pid)?.fronts[0]?.pools[0]?.wanted, 2);
});
