import assert from "node:assert/strict";
import { python } from "./paths.ts";
import { processesIn } from "./processes.ts";
import { runCommand } from "./command.ts";
import { folderWith } from "./temp.ts";
import { PATIENCE } from "./wait.ts";

interface Options {
  target?: string;
  python?: string;
  env?: NodeJS.ProcessEnv;
}

/** Run a command that must fail at once, with a message, and leave no process. */
export async function refused(
  files: Record<string, string>,
  options: Options = {},
): Promise<string> {
  const cwd = folderWith(files);
  const { target = "wsgi.ts", env = {} } = options;
  const chosen = ["--python", options.python ?? python, "--workers", "2"];
  const args = ["--bind", "127.0.0.1:0", ...chosen, target];
  const began = performance.now();
  const { code, stdout, stderr } = await runCommand(args, { cwd, env });
  assert.equal(code, 3, stderr);
  assert.ok(performance.now() - began < PATIENCE);
  assert.deepEqual(processesIn(cwd), []);
  assert.doesNotMatch(stdout, /listening/);
  assert.equal(stderr.match(/QUINTET_[A-Z_]+: /g)?.length, 1, stderr);
  assert.doesNotMatch(
    stderr,
    /python\/quintet\/|importlib\/__init__|frozen importlib|node:internal/,
  );
  return stderr;
}
