import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PATIENCE, until } from "./wait.ts";
import { folderWith } from "./temp.ts";

/** The view /told of tests/apps/answers.py, which records how far it got and that it was closed. */
export interface Told {
  query: string;
  /** Bytes returned so far. */
  sent(): number;
  closed(milliseconds?: number): Promise<void>;
}

/** @param size bytes per piece @param pause seconds between two pieces */
export function told(size: number, pause = 0): Told {
  const path = join(folderWith(), "told");
  const read = (): { state: string; sent: number } => {
    try {
      return JSON.parse(readFileSync(path, "utf8")) as { state: string; sent: number };
    } catch {
      return { state: "not begun", sent: 0 };
    }
  };
  return {
    query: `${path},${size},${pause}`,
    sent: () => read().sent,
    closed: (milliseconds = PATIENCE) =>
      until(() => read().state === "closed", "the end of the iterator", milliseconds),
  };
}
