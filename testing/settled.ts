import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./wait.ts";

/** How many checks in a row must find that a process read nothing, and the milliseconds between two checks. */
const QUIET_CHECKS = 8;
const CHECK_INTERVAL_MS = 50;

/**
 * Wait until a process reads nothing any more: what is sent to it waits for somebody else. A front keeps few bytes in
 * memory, so that its clients hold it up.
 */
export async function settled(pid: number): Promise<void> {
  let before = -1;
  let quiet = 0;
  await until(async () => {
    await sleep(CHECK_INTERVAL_MS);
    const now = bytesRead(pid);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    return quiet >= QUIET_CHECKS;
  }, `process ${pid} reads nothing more`);
}

function bytesRead(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}
