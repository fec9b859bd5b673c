import { allDay } from "./all-day.ts";

/** FUZZ_SEED chooses other cases; a failure prints the seed and the path of its own. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_127);

/** How often a property is tried: always the same cases, and many more in an all-day run. */
export function runs(count: number): { numRuns: number; seed: number } {
  return { numRuns: allDay ? count * 50 : count, seed };
}
