import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../../testing/environments.ts";
import type { FileRun } from "./file-run.ts";

/** How long earlier runs took, also in other checkouts: seconds by file. */
const remembered = join(cacheFolder(), "times.json");

function timesBefore(): Map<string, number> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(remembered, "utf8")) as object));
  } catch {
    return new Map(); // there was no run yet, or another one is writing
  }
}

export function remember(runs: FileRun[]): void {
  const times = timesBefore();
  for (const { file, seconds } of runs) times.set(file, Number(seconds.toFixed(1)));
  mkdirSync(dirname(remembered), { recursive: true });
  writeFileSync(remembered, JSON.stringify(Object.fromEntries(times)));
}

/**
 * Those that take long first, so that none of them is left over at the end, when the others have nothing to do. Of what
 * nothing is known the place is the first.
 */
export function longestFirst(files: string[]): string[] {
  const times = timesBefore();
  const secondsOf = (file: string): number => times.get(file) ?? Infinity;
  return files.toSorted((a, b) =>
    secondsOf(a) === secondsOf(b) ? 0 : secondsOf(b) - secondsOf(a),
  );
}
