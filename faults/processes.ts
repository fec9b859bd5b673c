import { readdirSync, readFileSync } from "node:fs";
import { isAlive } from "../testing/processes.ts";

/** The variable that marks all processes of one run; children inherit it. */
export const MARK = "FAULTS_RUN";

/** The marked processes, from /proc. */
export function marked(mark: string): number[] {
  const found = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/environ`, "latin1").includes(`${MARK}=${mark}\0`);
    } catch {
      return false; // it has just ended
    }
  });
  return found.map(Number).filter(isAlive);
}

/** Send a signal to a process that may have ended just now. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has
  }
}
