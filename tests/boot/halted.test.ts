import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { command, python } from "../../testing/paths.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { folderWith } from "../../testing/temp.ts";

/** What the command says on stderr on a machine with too much to do: long pauses, and little in between. The pauses are what
 * is tested: each round has others, and none may matter. */
async function halted(cwd: string, first: number): Promise<string> {
  const args = [command, "--bind", "127.0.0.1:0", "--workers", "2", "--python", python, "app"];
  const child = spawn(process.execPath, args, {
    cwd,
    env: cleanEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise((resolve) => child.on("close", resolve));
  await pause(first);
  for (let halt = 0; halt < 6; halt += 1) {
    child.kill("SIGSTOP");
    await pause(250);
    child.kill("SIGCONT");
    await pause(halt / 2);
  }
  await ended;
  return stderr;
}

test("the reason for a worker's end is logged even if the server was held up meanwhile", async () => {
  const cwd = folderWith({ "app.py": "import sys\nsys.exit(4)\n" });
  const rounds = Array.from({ length: 8 }, (_, round) => halted(cwd, 80 + 20 * round));
  for (const stderr of await Promise.all(rounds)) assert.match(stderr, /SystemExit: 4/);
});
