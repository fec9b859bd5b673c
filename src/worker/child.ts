import { type ChildProcess, spawn } from "node:child_process";
import type { Remains } from "./remains.ts";

/** How the kernel says that a process ended; both null if nobody has told. */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** It could not even be started. */
  error: Error | null;
  /** It was killed because there was no memory left, by all that can be seen. */
  outOfMemory?: boolean;
}

/** What is needed to start Python, or Node, with what is ours. */
export interface Command {
  command: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** Start a process of ours, in a process group of its own: Ctrl-C on the terminal is for the front. */
export function startChild(
  options: Command,
  startUp: object,
  remains: Remains,
  onExit: (exit: Exit) => void,
): ChildProcess {
  const [program, ...args] = options.command;
  const child = spawn(program as string, args, {
    cwd: options.cwd,
    env: { ...options.env, QUINTET_WORKER: JSON.stringify(startUp) },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.on("error", (error) => {
    if (child.pid === undefined) onExit({ code: null, signal: null, error });
  });
  child.on("exit", (code, signal) => onExit({ code, signal, error: null }));
  child.stdin.on("error", () => {});
  remains.read(child.stdout, "stdout");
  remains.read(child.stderr, "stderr");
  return child;
}
