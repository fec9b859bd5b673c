import type { Machine } from "./machine.ts";
import type { Sample } from "./measure.ts";
import type { Options } from "./options.ts";
import { ratios } from "./statistics.ts";
import type { Spread } from "./statistics.ts";

/** One server under one workload, over all rounds. A run with a fault in any round is a failure, not a speed. */
export interface Column {
  server: string;
  title: string;
  command: string;
  samples: Sample[];
  failure?: string;
}

/** What a whole run found: what `--json` writes. */
export interface Results {
  machine: Machine;
  options: Pick<Options, "rounds" | "seconds" | "warmup" | "connections" | "workers">;
  versions: Record<string, string>;
  workloads: { name: string; title: string; columns: Column[] }[];
}

/** The server that all others are compared with. */
export const own = "quintet";

/** Quintet's requests per second over a peer's, by pairs; nothing when one of them has no figures. */
export function ratioOf(columns: Column[], peer: string): Spread | undefined {
  const figures = (name: string): number[] | undefined => {
    const column = columns.find(({ server }) => server === name);
    return column && !column.failure && column.samples.length
      ? column.samples.map(({ rps }) => rps)
      : undefined;
  };
  const [ours, theirs] = [figures(own), figures(peer)];
  return ours && theirs ? ratios(ours, theirs) : undefined;
}
