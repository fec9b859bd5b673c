import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { apps, command, inCI, python } from "../../testing/paths.ts";
import { descendants, isAlive } from "../../testing/processes.ts";
import { cleanEnvironment } from "../../testing/command.ts";
import { freePort } from "../../testing/ports.ts";
import { until } from "../../testing/wait.ts";

const unshare = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const without =
  spawnSync("unshare", [...unshare, "true"]).status === 0
    ? false
    : "no namespace of processes can be made here (unshare --pid)";
if (without && inCI) throw new Error(without);

test(
  "as process 1 of a container it stops at TERM, and reaps what others leave",
  { skip: without },
  async (t) => {
    const port = await freePort();
    const args = [
      "--bind",
      `127.0.0.1:${port}`,
      "--python",
      python,
      "--log-format",
      "json",
      "orphans",
    ];
    const child = spawn("unshare", [...unshare, process.execPath, command, ...args], {
      cwd: apps,
      env: cleanEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => child.kill("SIGKILL"));
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    await until(() => output.includes("listening on"), "it listens");
    const said = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    assert.equal(await said("/parents"), "the zygote's is the front, the front's is 1");
    const below = (): number => descendants(child.pid as number).length;
    const before = below();
    for (let count = 0; count < 5; count += 1) await said("/leave");
    await until(() => below() === before, "what was left is gone");
    assert.equal(await said("/zombies"), "0");
    const [first] = descendants(child.pid as number);
    const ended = new Promise((resolve) => child.on("close", resolve));
    process.kill(first as number, "SIGTERM");
    assert.equal(await ended, 0, output);
    assert.equal(isAlive(first as number), false);
  },
);
