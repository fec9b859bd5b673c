import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { edition } from "../../testing/edition.ts";
import { barrier } from "../../testing/barrier.ts";
import { apps, python } from "../../testing/paths.ts";
import { serve } from "../../testing/serve.ts";
import { runCommand } from "../../testing/command.ts";
import { statusOf, untilRequests } from "../../testing/status.ts";
import { PATIENCE, until } from "../../testing/wait.ts";

async function wanted(server: { pid: number }): Promise<number | undefined> {
  return (await statusOf(server))?.fronts[0]?.pools[0]?.wanted;
}

/** The number of workers is the same when a signal that came before has been obeyed: some questions later. */
async function stays(server: { pid: number }, workers: number): Promise<void> {
  for (let look = 0; look < 5; look += 1) assert.equal(await wanted(server), workers);
}

test("TTIN adds a worker, TTOU removes one, WINCH stops all, and HUP brings them back", async (t) => {
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
  await stays(server, 1);
  await become(1);
  process.kill(server.pid, "SIGWINCH");
  await become(0);
  const waiting = fetch(server.url);
  await untilRequests(server, { waiting: 1 });
  process.kill(server.pid, "SIGHUP");
  assert.equal((await waiting).status, 200);
  await become(2);
});

test("a stop does not wait for requests that wait for workers that were sent away", async (t) => {
  const options = { ownGroup: true, args: ["--graceful-timeout", "200"] };
  const { server } = await edition(t, "edition", {}, options);
  const held = barrier();
  const running = await fetch(`${server.url}/held?${held.path}`);
  process.kill(server.pid, "SIGWINCH");
  await server.logged(({ msg }) => msg === "from 1 to 0 workers: SIGWINCH");
  const waiting = fetch(server.url);
  await untilRequests(server, { waiting: 1 });
  const stopped = server.stop();
  assert.equal((await waiting).status, 503, "while another request runs");
  held.open();
  assert.equal(await running.text(), "1 1 ", "what runs comes to its end");
  assert.equal(await stopped, 0);
});

const pseudo = `
import fcntl, os, pty, struct, sys, termios
terminal, seen = pty.openpty()
print(os.ttyname(seen), flush=True)
for line in sys.stdin:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(line), 0, 0))
    print("resized", flush=True)
`;

test("resizing the terminal stops no worker, even if the output goes elsewhere", async (t) => {
  const terminal = spawn(python, ["-c", pseudo], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => terminal.kill());
  const said = createInterface({ input: terminal.stdout });
  const [path] = (await once(said, "line")) as [string];
  const by = ["/bin/sh", "-c", `exec /usr/bin/setsid --ctty "$@" < ${path}`, "sh"];
  const alone = { by, searchPython: true, env: { PATH: "/nonexistent" } };
  // The kernel tells only of a size that is another one.
  for (const [width, target, options] of [
    [100, "basic", { by }],
    [120, join(apps, "ts", "basic.ts"), alone],
  ] as const) {
    const server = await serve(t, target, options);
    const resized = once(said, "line");
    terminal.stdin.write(`${width}\n`);
    await resized;
    // The terminal has sent its signal.
    await stays(server, 1);
    const answer = await fetch(server.url, { signal: AbortSignal.timeout(PATIENCE) });
    assert.equal(answer.status, 200);
    assert.ok(!server.log().some(({ msg }) => /to 0 workers/.test(msg ?? "")));
    await server.stop();
  }
});

test("quintet scale says which argument it expects", async (t) => {
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
  assert.equal(await wanted(server), 2);
});
