import { readdir, readFile } from "node:fs/promises";

/** What is among the arguments of a process that multiprocessing has started; as in python/quintet/master/system/processes.py. */
const STARTED = ["--multiprocessing-fork", "from multiprocessing.forkserver import"];
/** One that is looked at may just be starting another. */
const MOST_LOOKS = 5;

/**
 * Kill what a Python worker has started through multiprocessing and left behind, for it was killed itself. Forks of it end
 * with it, see python/quintet/offspring.py; these are programs of their own. multiprocessing's resource tracker cleans up
 * when they have ended. Other programs that the application has started go on.
 *
 * @param worker its pid, which is also that of its session
 */
export async function killOffspring(worker: number): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const found = await offspringOf(worker);
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
  }
}

async function offspringOf(worker: number): Promise<number[]> {
  const found: number[] = [];
  // Where there is no /proc nothing is found.
  const names = await readdir("/proc").catch(() => []);
  for (const name of names) {
    if (!/^\d+$/.test(name) || (await sessionOf(name)) !== worker) continue;
    const line = await readFile(`/proc/${name}/cmdline`, "latin1").catch(() => "");
    if (STARTED.some((each) => line.includes(each))) found.push(Number(name));
  }
  return found;
}

/** Null if it has ended, also if nobody has waited for it yet. */
async function sessionOf(name: string): Promise<number | null> {
  const stat = await readFile(`/proc/${name}/stat`, "latin1").catch(() => "");
  const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || session === undefined ? null : Number(session);
}
