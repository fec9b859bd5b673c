import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { apps, command, inCI, python } from "../../testing/paths.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { pythonChildren } from "../../testing/processes.ts";
import { seenByFront } from "../../testing/seen.ts";
import { raw } from "../../testing/socket.ts";
import { until } from "../../testing/wait.ts";

const hasScript = ((): boolean => {
  try {
    execFileSync("script", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();
const skip: false | string = hasScript ? false : "there is no script(1), which makes a terminal";
if (skip && inCI) throw new Error(`${skip}: apt-get install bsdutils`);

interface Session {
  url: string;
  port: number;
  child: ChildProcess;
  /** Of the server. */
  pid: number;
  /** The terminal's content, with colours. */
  screen(): string;
  /** Without them. */
  text(): string;
  ended: Promise<number | null>;
}

/** Run the command on its own terminal. */
async function terminal(t: TestContext, ...args: string[]): Promise<Session> {
  const port = await freePort();
  const words = [process.execPath, command, "--bind", `127.0.0.1:${port}`, "--python", python];
  const line = [...words, "--workers", "1", ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["--quiet", "--return", "--command", `exec ${line}`, "/dev/null"], {
    cwd: apps,
    env: cleanEnvironment({ TERM: "xterm-256color", NO_COLOR: undefined, SHELL: "/bin/sh" }),
  });
  t.after(() => child.kill("SIGKILL"));
  let screen = "";
  child.stdout.on("data", (chunk) => (screen += chunk));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  // oxlint-disable-next-line no-control-regex
  const text = (): string => screen.replace(/\u001b\[[0-9;]*m/g, "").replaceAll("\r", "");
  await until(() => text().includes("listening on"), "it listens");
  const pid = pythonChildren(child.pid as number)[0] as number;
  const url = `http://127.0.0.1:${port}`;
  return { url, port, child, pid, screen: () => screen, text, ended };
}

test("on a terminal the log is lines for people, in colour", { skip }, async (t) => {
  const session = await terminal(t, "logging_app");
  await (await fetch(`${session.url}/page?a=b`)).text();
  const line =
    /^\d\d:\d\d:\d\d\.\d{3} 127\.0\.0\.1 GET \/page\?a=b 200 5 B [\d.]+ ms \(queue [\d.]+, app [\d.]+\) [0-9a-f]{8}-\w+$/m;
  await until(() => line.test(session.text()), "the line of the request");
  assert.match(session.text(), /^\d\d:\d\d:\d\d\.\d{3} logging_app: Python 3\.\d+\.\d+, Node \d+/m);
  assert.match(session.text(), /^\d\d:\d\d:\d\d\.\d{3} \[\d+\] printed at import$/m);
  assert.ok(session.screen().includes("\u001b[32m200\u001b[39m"), "a green 200");
  assert.doesNotMatch(session.text(), /^\{/m);
});

test("a terminal that is closed stops it", { skip }, async (t) => {
  const session = await terminal(t, "basic");
  const running = (): boolean => existsSync(`/proc/${session.pid}`);
  assert.ok(running());
  session.child.kill("SIGKILL");
  await until(() => !running(), "the server has ended");
});

test("Ctrl-C on the terminal stops it in order", { skip }, async (t) => {
  const session = await terminal(t, "basic");
  const slow = await raw(session.port);
  slow.write("GET /sleep?1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await seenByFront(session);
  session.child.stdin?.write("\u0003");
  await slow.receives("slept\n");
  assert.equal(await session.ended, 0);
  assert.match(session.text(), /SIGINT: finishing 1 running request.*, then stopping/);
  assert.match(session.text(), /stopped\n$/);
  assert.doesNotMatch(session.text(), /KeyboardInterrupt|Traceback/);
});

test("a traceback is indented under its line, with the request's id", { skip }, async (t) => {
  const session = await terminal(t, "responses");
  await fetch(`${session.url}/raise`);
  const traced =
    /^[\d:.]+ error \[\d+\] ValueError: raised before the head ([0-9a-f]{8}-\w+)\n {4}Traceback \(most/m;
  await until(() => traced.test(session.text()), "the traceback");
  const id = traced.exec(session.text())?.[1];
  const line = new RegExp(`GET /raise 500 .* ${id}$`, "m");
  await until(() => line.test(session.text()), "the line of the request");
  assert.match(session.text(), /\n {4} {2}File ".*responses\.py", line \d+, in view_raise\n/);
});

test("--log-format json is JSON on a terminal, too", { skip }, async (t) => {
  const session = await terminal(t, "--log-format", "json", "basic");
  assert.match(session.text(), /^\{"level":"info","time":".*","msg":"listening on /m);
});

test("--log-format text has no colours if the output is not a terminal", async (t) => {
  const port = await freePort();
  const args = ["--bind", `127.0.0.1:${port}`, "--log-format", "text", "--workers", "1"];
  const child = spawn(process.execPath, [command, ...args, "--python", python, "responses"], {
    cwd: apps,
    env: cleanEnvironment(),
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  await until(() => output.includes("listening on"), "it listens");
  await fetch(`http://127.0.0.1:${port}/printed`);
  await until(() => output.includes("KeyError: 'printed'"), "the traceback");
  assert.match(output, /\[\d+\] Traceback \(most recent call last\):\n/);
  await fetch(`http://127.0.0.1:${port}/list?a`);
  await until(() => output.includes("GET /list?a 200 1 B"), "the line of the request");
  assert.ok(!output.includes("\u001b"));
});

test("the reader of the log may exit; the server keeps serving", async (t) => {
  const port = await freePort();
  const args = ["--bind", `127.0.0.1:${port}`, "--workers", "1", "--python", python, "basic"];
  const child = spawn(process.execPath, [command, ...args], { cwd: apps, env: cleanEnvironment() });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  await until(() => output.includes("listening on"), "it listens");
  child.stdout.destroy();
  child.stderr.destroy();
  for (let count = 0; count < 20; count += 1) {
    assert.equal((await fetch(`http://127.0.0.1:${port}/hello`)).status, 200);
  }
  child.kill("SIGTERM");
  assert.equal(await new Promise((resolve) => child.on("exit", resolve)), 0);
});
