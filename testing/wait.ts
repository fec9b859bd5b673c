import { setTimeout as sleep } from "node:timers/promises";

/**
 * Milliseconds that a test waits for something which is to happen. Only a failure takes so long: on a busy machine
 * everything may be late, and how late proves nothing.
 */
export const PATIENCE = 30_000;

/**
 * Wait until something holds.
 *
 * @param what it is, for the error
 * @throws {Error} if it does not hold within so many milliseconds
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  milliseconds: number = PATIENCE,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await sleep(20);
  }
}
