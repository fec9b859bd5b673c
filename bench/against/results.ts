import { spread } from "../statistics.ts";
import type { Round } from "./round.ts";
import { figures, judge } from "./verdict.ts";
import type { Figure, Verdict } from "./verdict.ts";

/** All rounds of a workload. One fault in any of them fails the whole workload: it is no speed. */
export interface Measured {
  name: string;
  title: string;
  rounds: Round[];
  failure?: string;
}

/** What a comparison found: what `--json` writes. */
export interface Results {
  date: string;
  base: string;
  head: string;
  /** The machine and its programs. */
  machine: string;
  /** Seconds of a turn. */
  turn: number;
  workloads: Measured[];
}

/** A line of the report. */
export interface Line {
  figure: Figure;
  verdict: Verdict;
  /** The medians of both sides. */
  base: number;
  head: number;
}

/** The verdicts on a workload, a figure each. */
export function lines({ rounds, failure }: Measured): Line[] {
  const pairs = rounds.flatMap((round) => round.pairs);
  if (failure || !pairs.length) return [];
  return figures
    .filter(({ name }) => name in pairs[0].base)
    .map((figure) => {
      const base = pairs.map((pair) => pair.base[figure.name]);
      const head = pairs.map((pair) => pair.head[figure.name]);
      const ratios = rounds.map((round) =>
        round.pairs.map((pair) => pair.head[figure.name] / pair.base[figure.name]),
      );
      return {
        figure,
        verdict: judge(ratios, figure),
        base: spread(base).median,
        head: spread(head).median,
      };
    });
}
