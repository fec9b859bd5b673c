import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderWith } from "./temp.ts";
import { until } from "./wait.ts";

/**
 * Something at which a view, or a module that is imported, waits until the test opens it: a file that does not exist yet.
 * The views of tests/apps/held.py, gated.py, edition.py and ts/gated.ts wait at the barrier whose path is their query.
 */
export interface Barrier {
  path: string;
  /** Python code that waits at the barrier, for the top of a module. */
  python: string;
  /** The pids of the processes that have reached it, in order. */
  reached(): number[];
  /** Wait until this many have. */
  untilReached(count?: number): Promise<void>;
  /** Let them continue. Later arrivals do not wait. */
  open(): void;
}

export function barrier(): Barrier {
  const path = join(folderWith(), "barrier");
  const list = `${path}.reached`;
  const quoted = JSON.stringify(path);
  const reached = (): number[] => {
    if (!existsSync(list)) return [];
    // After the last line end there is nothing, or an incomplete line.
    return readFileSync(list, "utf8").split("\n").slice(0, -1).map(Number);
  };
  return {
    path,
    python: `import os, time
with open(${quoted} + ".reached", "a") as file:
    file.write("%d\\n" % os.getpid())
while not os.path.exists(${quoted}):
    time.sleep(0.01)
`,
    reached,
    untilReached: (count = 1) => until(() => reached().length >= count, `${count} at the barrier`),
    open: () => writeFileSync(path, ""),
  };
}
