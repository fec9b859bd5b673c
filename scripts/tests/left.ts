import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The variable that marks the processes of a test file; everything they start inherits it. */
export const MARK = "TEST_FILE_RUN";

/** Milliseconds that a process may take to end after its test. */
const GRACE_MS = 5000;

/** A process that has outlived its test. */
export interface Left {
  pid: number;
  command: string;
}

/** Wait until the processes of a test file have ended; those that do not are killed and returned. */
export async function processesLeft(mark: string): Promise<Left[]> {
  const end = performance.now() + GRACE_MS;
  let left = marked(mark);
  while (left.length > 0 && performance.now() < end) {
    await sleep(50);
    left = marked(mark);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has just ended
    }
  }
  return left;
}

function marked(mark: string): Left[] {
  const found: Left[] = [];
  for (const name of isLinux ? readdirSync("/proc") : []) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, "latin1").split("\0");
      if (!environment.includes(`${MARK}=${mark}`)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      // A zombie has neither; its parent has not reaped it yet.
      if (command !== "") found.push({ pid: Number(name), command });
    } catch {
      // it has just ended
    }
  }
  return found;
}

const isLinux = process.platform === "linux";
