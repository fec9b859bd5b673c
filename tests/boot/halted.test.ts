import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { command, python } from "../support/paths.ts";
import { cleanEnvironment } from "../support/server.ts";
import { folderWith } from "../support/temp.ts";

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test("why a worker ended is told also where the server was kept from running meanwhile", async () => {
  const cwd = folderWith({ "app.py": "import sys\nsys.exit(4)\n" });
  for (let round = 0; round < 8; round += 1) {
    const args = [command, "--workers", "2", "--python", python, "app"];
    const stdio = ["ignore", "ignore", "pipe"] as const;
    const child = spawn(process.execPath, args, {
      cwd,
      env: cleanEnvironment(),
      stdio: [...stdio],
    });
    let stderr = "";
    child.stderr?.on("data", (chunk) => (stderr += chunk));
    const ended = new Promise((resolve) => child.on("close", resolve));
    await pause(80 + 20 * round);
    // As a machine does that has too much to do: long pauses, and little in between.
    for (let halt = 0; halt < 6; halt += 1) {
      child.kill("SIGSTOP");
      await pause(250);
      child.kill("SIGCONT");
      await pause(halt / 2);
    }
    await ended;
    assert.match(stderr, /SystemExit: 4/);
  }
});
