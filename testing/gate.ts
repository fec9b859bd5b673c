import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderWith } from "./temp.ts";
import { until } from "./wait.ts";

/** A gate at which the views of tests/apps/gated.py and tests/apps/ts/gated.ts wait until the test opens it. */
export interface Gate {
  /** Its name, for the query of a request. */
  query: string;
  /** How many requests have reached it. */
  count(): number;
  /** Wait until this many have. */
  reached(count?: number): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const query = folderWith();
  const count = (): number =>
    existsSync(query) ? readdirSync(query).filter((name) => name.startsWith("reached-")).length : 0;
  return {
    query,
    count,
    reached: (wanted = 1) => until(() => count() >= wanted, `${wanted} requests at the gate`),
    open: () => writeFileSync(join(query, "open"), ""),
  };
}
