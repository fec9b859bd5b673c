import { readFileSync, writeFileSync } from "node:fs";
import type { Fault } from "./fault.ts";
import type { Result } from "./measure.ts";
import type { Ground, Results } from "./page.ts";
import { type Server, servers } from "./servers.ts";

/** The data of a page, as a file. */
interface Saved {
  ground: Ground;
  /** By the ids of server and fault. */
  results: Record<string, Record<string, Omit<Result, "output" | "aimed"> | null>>;
}

/** Save the results, so that a later failure does not lose half an hour of work. */
export function save(file: string, ground: Ground, found: Results): void {
  const saved: Saved = { ground, results: {} };
  for (const [server, results] of found) {
    saved.results[server.id] = Object.fromEntries(
      Array.from(results, ([fault, result]) => {
        const { output: _, aimed: __, ...kept } = result ?? { output: "", aimed: [] };
        return [fault.id, result === null ? null : (kept as Omit<Result, "output" | "aimed">)];
      }),
    );
  }
  writeFileSync(file, `${JSON.stringify(saved, null, 1)}\n`);
}

/** Results of earlier runs; if several measured the same, the last one. */
export function restore(files: string[], faults: Fault[]): { ground: Ground; found: Results } {
  const all = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as Saved);
  const found: Results = new Map();
  for (const server of servers) {
    const results = new Map<Fault, Result | null>();
    for (const fault of faults) {
      const last = all.findLast((each) => each.results[server.id]?.[fault.id] !== undefined);
      const result = last?.results[server.id]?.[fault.id] ?? null;
      if (last) results.set(fault, result && { ...result, output: "", aimed: [] });
    }
    if (results.size > 0) found.set(server as Server, results);
  }
  const command = all.map(({ ground }) => ground.command).join("`, then `");
  return { ground: { ...(all[0] as Saved).ground, command }, found };
}
