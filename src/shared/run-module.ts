import { fileURLToPath } from "node:url";
import { SHARE_ENV, Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Whether this is the repository, whose sources run as they are, or what was built from them. Other Node processes that
 * we start are told to do the same.
 */
const isSource = import.meta.url.endsWith(".ts");

/** For every Node that we start: a SIGUSR1 that it is sent opens no debugger, which any user of the machine could run code by. */
export const NO_DEBUGGER = "--disable-sigusr1";

/** Runs a module of ours, which it is given as its first argument. */
const run = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

/** The command that runs another module of ours, by its path in src/ without the ending, in a process of its own. */
export function nodeCommand(module: string): string[] {
  const flags = isSource ? ["--conditions=quintet-source"] : [];
  return [process.execPath, NO_DEBUGGER, ...flags, run, fileURLToPath(moduleUrl(module))];
}

/**
 * The same in a thread. The environment is not copied for it: Node crashes (26.10) where the name of a variable is not UTF-8,
 * which it lists and then does not find.
 */
export function nodeThread(module: string, options: WorkerOptions): Worker {
  return new Worker(run, { ...options, env: SHARE_ENV, argv: [fileURLToPath(moduleUrl(module))] });
}

/** The file of a module of ours, by its path in src/ without the ending. */
export function moduleUrl(module: string): URL {
  return new URL(`../${module}.${isSource ? "ts" : "js"}`, import.meta.url);
}
