import { until } from "../../testing/wait.ts";
import type { Fault } from "../fault.ts";

const UPGRADES = 2;
/** Milliseconds for which no old worker may be seen. */
const QUIET = 300;

export const upgrade: Fault = {
  id: "upgrade",
  title: "an upgrade of the server",
  how: "The server is upgraded twice, as if a new version of it were installed.",
  options: (can) => (can.upgrade ? [] : null),
  async strike({ site, can, load, note }) {
    for (let count = 0; count < UPGRADES; count += 1) {
      const before = new Set(load.seen.keys());
      try {
        await can.upgrade?.(site);
        const isDone = (): boolean => {
          const recent = load.recent(QUIET);
          return recent.length > 0 && recent.every((pid) => !before.has(pid));
        };
        await until(isDone, "all answers are of new workers", 20_000);
      } catch (error) {
        return note(`the upgrade failed: ${(error as Error).message}`);
      }
    }
  },
};
