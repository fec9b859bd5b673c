import { spawn } from "node:child_process";
import { apps, command } from "./paths.ts";
import { folderWith } from "./temp.ts";
import { PATIENCE } from "./wait.ts";

/** Control sockets of the servers of these tests. */
export const control: string = folderWith();

/** An environment without the machine owner's own settings. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (
      /^(QUINTET_|DJANGO_|VIRTUAL_ENV|NODE_OPTIONS|NODE_TEST|NODE_COMPILE_CACHE|DATABASE_URL|PYTHON|PORT$|WEB_CONCURRENCY$)/.test(
        name,
      )
    )
      delete env[name];
  }
  return { ...env, QUINTET_CONTROL: control, ...more };
}

/** Run the command to its end. */
export async function runCommand(
  args: string[],
  options: {
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    milliseconds?: number;
    /** Run it as another user; requires root. */
    uid?: number;
    gid?: number;
  } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: options.cwd ?? apps,
    env: cleanEnvironment(options.env),
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid ?? options.uid }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const timer = setTimeout(() => child.kill("SIGKILL"), options.milliseconds ?? 2 * PATIENCE);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  return { code, stdout, stderr };
}
