import { fileURLToPath } from "node:url";
import { SHARE_ENV, Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Whether this process runs the sources in the repository instead of the built files. Processes that it starts do the same.
 */
const isSource = import.meta.url.endsWith(".ts");

/**
 * A flag for every Node process that we start. Without it, SIGUSR1 opens a debugger, through which any user of the machine can
 * run code.
 */
export const NO_DEBUGGER = "--disable-sigusr1";

/** The script that runs the module that its first argument names. */
const run = fileURLToPath(new URL("../../bin/run.js", import.meta.url));

/** The command that runs a module of this package in a process of its own. @param module its path in src/, without `.ts` */
export function nodeCommand(module: string): string[] {
  const flags = isSource ? ["--conditions=quintet-source"] : [];
  return [process.execPath, NO_DEBUGGER, ...flags, run, fileURLToPath(moduleUrl(module))];
}

/**
 * Run a module of this package in a thread. The thread shares the environment, because Node 26.10 crashes when it copies one that
 * has a variable whose name is not UTF-8.
 *
 * @param module its path in src/, without `.ts`
 */
export function nodeThread(module: string, options: WorkerOptions): Worker {
  return new Worker(run, { ...options, env: SHARE_ENV, argv: [fileURLToPath(moduleUrl(module))] });
}

/** The URL of a module of this package. @param module its path in src/, without `.ts` */
export function moduleUrl(module: string): URL {
  return new URL(`../${module}.${isSource ? "ts" : "js"}`, import.meta.url);
}
