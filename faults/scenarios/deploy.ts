import { until } from "../../testing/wait.ts";
import type { Scene } from "../fault.ts";

/** The file that a deploy changes. */
export const EDITION = "faulty/edition.py";

/** Milliseconds without another edition before one counts as deployed everywhere. */
const QUIET = 300;

/**
 * Deploy an edition, and wait until every response comes from it.
 *
 * @returns whether it came within so many milliseconds
 */
export async function deploy(
  { site, can, load, note }: Scene,
  edition: number,
  milliseconds = 15_000,
): Promise<boolean> {
  site.write(EDITION, `EDITION = ${edition}\n`);
  try {
    await can.reload?.(site);
    const isEverywhere = (): boolean => {
      const recent = load.recent(QUIET).map((pid) => load.seen.get(pid)?.edition);
      return recent.length > 0 && recent.every((each) => each === edition);
    };
    await until(isEverywhere, `edition ${edition} is everywhere`, milliseconds);
    return true;
  } catch (error) {
    note(`edition ${edition} did not come: ${(error as Error).message}`);
    return false;
  }
}
