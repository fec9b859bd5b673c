import { readdir, readFile } from "node:fs/promises";

/** Texts that identify the command line of a process started by multiprocessing. Python workers get the same list. */
export const MULTIPROCESSING_ARGUMENTS: readonly string[] = [
  "--multiprocessing-fork",
  "from multiprocessing.forkserver import",
];
/** A process may start another one while we search. */
const MAX_PASSES = 5;

/**
 * Kill the programs that a killed Python worker had started through multiprocessing. (Its forks end with it: see
 * python/quintet/worker/application_forks.py.) multiprocessing's resource tracker cleans up after them. Other programs that
 * the application has started keep running.
 *
 * @param worker the pid of the worker, which is also the id of its session
 */
export async function killMultiprocessingChildren(worker: number): Promise<void> {
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const children = await findChildren(worker);
    if (children.length === 0) return;
    for (const pid of children) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
  }
}

/** Empty on a system without /proc. */
async function findChildren(worker: number): Promise<number[]> {
  const found: number[] = [];
  const names = await readdir("/proc").catch(() => []);
  for (const name of names) {
    if (!/^\d+$/.test(name) || (await sessionOf(name)) !== worker) continue;
    const line = await readFile(`/proc/${name}/cmdline`, "latin1").catch(() => "");
    if (MULTIPROCESSING_ARGUMENTS.some((each) => line.includes(each))) found.push(Number(name));
  }
  return found;
}

/** Null if the process has ended, reaped or not. */
async function sessionOf(name: string): Promise<number | null> {
  const stat = await readFile(`/proc/${name}/stat`, "latin1").catch(() => "");
  const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || session === undefined ? null : Number(session);
}
