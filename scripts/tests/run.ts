import { availableParallelism } from "node:os";
import { type FileRun, runFile } from "./file-run.ts";
import type { Plan } from "./plan.ts";
import { Progress } from "./progress.ts";
import { longestFirst } from "./times.ts";

/** The result of a whole run. */
export interface Outcome {
  /** The last run of each file. */
  runs: FileRun[];
  /** Files that failed beside others and passed alone, with the failed run. */
  flaky: { first: FileRun; second: FileRun }[];
}

/** How many files run side by side: most of a test's time is waiting. */
export const JOBS: number = 3 * availableParallelism();

/** How many flaky files a run may have; more fail it. */
export const MOST_FLAKY = 2;

export async function runAll({ together, alone }: Plan, jobs: number): Promise<Outcome> {
  const progress = new Progress(together.length + alone.length);
  const runs: FileRun[] = [];
  const waiting = longestFirst(together);
  const next = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const run = await runFile(file);
      progress.ended(run);
      runs.push(run);
    }
  };
  await Promise.all(Array.from({ length: jobs }, next));

  const flaky: Outcome["flaky"] = [];
  for (const [index, first] of runs.entries()) {
    if (first.failures.length === 0) continue;
    progress.again(first.file);
    const second = await runFile(first.file, 2);
    progress.ended(second);
    runs[index] = second;
    if (second.failures.length === 0) flaky.push({ first, second });
  }

  for (const file of alone) {
    const run = await runFile(file);
    progress.ended(run);
    runs.push(run);
  }
  return { runs, flaky };
}
