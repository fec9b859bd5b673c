import { own, ratioOf } from "./results.ts";
import type { Results } from "./results.ts";

/** How many times a peer's requests per second Quintet must answer, with one worker and 32 connections. */
const targets: { workload: string; peer: string; times: number }[] = [
  { workload: "django", peer: "gunicorn", times: 2 },
  { workload: "django", peer: "uwsgi", times: 1.3 },
  { workload: "django", peer: "granian", times: 1.6 },
  { workload: "hello", peer: "granian", times: 1.2 },
];

export interface Verdict {
  text: string;
  met: boolean;
}

/** Holds a run against the targets that it had the servers and workloads for. A failed measurement misses. */
export function verdicts(results: Results): Verdict[] {
  return targets.flatMap(({ workload, peer, times }) => {
    const columns = results.workloads.find(({ name }) => name === workload)?.columns;
    const title = columns?.find(({ server }) => server === peer)?.title;
    if (!columns?.some(({ server }) => server === own) || !title) return [];
    const ratio = ratioOf(columns, peer);
    const met = ratio !== undefined && ratio.median >= times;
    const found = ratio ? `${ratio.median.toFixed(2)}×` : "no figures";
    return [
      { text: `${workload}: at least ${times}× ${title}: ${found}${met ? "" : ", missed"}`, met },
    ];
  });
}

/** Whether the run was made as the targets are meant. */
export function comparableToTargets({ options }: Results): boolean {
  return options.workers === 1 && options.connections === 32;
}
