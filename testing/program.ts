import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { python, root } from "./paths.ts";
import { cleanEnvironment } from "./command.ts";
import { showIfFailed } from "./failure.ts";
import { pythonChildren } from "./processes.ts";
import { folderWith } from "./temp.ts";
import { PATIENCE } from "./wait.ts";

/** A program that uses Quintet as a library. */
export interface Program {
  child: ChildProcess;
  pid: number;
  /** All it has written to stdout, and to stderr, so far. */
  stdout(): string;
  stderr(): string;
  /** Wait until its stdout fits. */
  says(fits: RegExp | string, milliseconds?: number): Promise<string>;
  /** The pids of its Python processes. */
  workers(): number[];
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const INSTALLED = ["express", "fastify", "hono", "undici", "@types"];

/** A temporary folder with these files, in which Quintet and the frameworks are installed. */
export function projectWith(files: Record<string, string>): string {
  const folder = folderWith({ "package.json": '{ "type": "module" }\n', ...files });
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(root, join(modules, "quintet"));
  for (const name of INSTALLED) symlinkSync(join(root, "node_modules", name), join(modules, name));
  return folder;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Start `node FILE` in a folder. Its Python is the tests' own. */
export function startProgram(
  cwd: string,
  file: string,
  options: { env?: NodeJS.ProcessEnv; flags?: string[]; args?: string[] } = {},
): Program {
  const { env = {}, flags = [], args = [] } = options;
  const child = spawn(process.execPath, ["--conditions=quintet-source", ...flags, file, ...args], {
    cwd,
    env: cleanEnvironment({ VIRTUAL_ENV: join(python, "..", ".."), ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const look = (): void => {
    for (const each of listeners) each();
  };
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    look();
  });
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
      look();
    });
  });
  const says = (fits: RegExp | string, milliseconds = PATIENCE): Promise<string> =>
    new Promise((resolve, reject) => {
      const finish = (error: Error | null): void => {
        clearTimeout(timer);
        listeners.delete(check);
        if (error) reject(error);
        else resolve(stdout);
      };
      const check = (): void => {
        if (typeof fits === "string" ? stdout.includes(fits) : fits.test(stdout)) finish(null);
        else if (!running.has(child))
          finish(new Error(`ended without saying ${fits}:\n${stdout}\n${stderr}`));
      };
      const timer = setTimeout(
        () => finish(new Error(`not within ${milliseconds} ms: ${fits}:\n${stdout}\n${stderr}`)),
        milliseconds,
      );
      listeners.add(check);
      check();
    });
  const pid = child.pid as number;
  showIfFailed({ title: `node ${file}`, output: () => stdout + stderr, pid });
  return {
    child,
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    says,
    workers: () => pythonChildren(pid),
    ended,
  };
}
