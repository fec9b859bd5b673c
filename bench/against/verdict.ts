import { interval, rankOfEnds } from "./interval.ts";

/** What is measured, in the order of the report. */
export interface Figure {
  name: string;
  title: string;
  /** Which way is better. */
  better: "more" | "less";
  /** How far a ratio may be from 1 without mattering. */
  margin: number;
  digits: number;
  /** What a measured value is divided by for the report. */
  unit: number;
}

export const figures: Figure[] = [
  { name: "rps", title: "requests/s", better: "more", margin: 0.03, digits: 0, unit: 1 },
  { name: "cpu", title: "CPU µs/request", better: "less", margin: 0.03, digits: 1, unit: 1 },
  { name: "p50", title: "p50 ms", better: "less", margin: 0.03, digits: 2, unit: 1000 },
  // Few requests of a short turn make the 99th percentile.
  { name: "p99", title: "p99 ms", better: "less", margin: 0.1, digits: 2, unit: 1000 },
  { name: "start", title: "start ms", better: "less", margin: 0.05, digits: 0, unit: 1 },
];

export type Word = "no slower" | "slower" | "faster" | "cannot tell";

export interface Verdict {
  /** Head over base. */
  ratio: number;
  low?: number;
  high?: number;
  word: Word;
}

/**
 * The rule. The interval decides, never the ratio alone:
 *
 * - slower, faster: all of the interval is beyond the margin, and the rounds agree: no median of a round is on the other
 *   side of 1, or of six rounds and more so few as chance allows in one of twenty comparisons. The pairs of a round
 *   share their servers, so a server that was unlucky with its memory or its core counts once;
 * - no slower: none of the interval is slower by more than the margin;
 * - cannot tell: everything else, also where the pairs are too few.
 *
 * @param rounds the ratios of head over base, one for each pair, round by round
 */
export function judge(rounds: number[][], { better, margin }: Figure): Verdict {
  const { median: ratio, low, high } = interval(rounds.flat());
  if (low === undefined || high === undefined) return { ratio, word: "cannot tell" };
  // From here on, above 1 is slower.
  const slowdown = (value: number): number => (better === "less" ? value : 1 / value);
  const [best, worst] = [slowdown(low), slowdown(high)].toSorted((a, b) => a - b);
  const medians = rounds.map((ratios) => slowdown(interval(ratios).median));
  const agree = (fits: (slowdown: number) => boolean): boolean =>
    medians.filter((each) => !fits(each)).length < Math.max(1, rankOfEnds(rounds.length));
  const limit = 1 + margin;
  let word: Word = "cannot tell";
  if (best > limit && agree((each) => each > 1)) word = "slower";
  else if (worst < 1 / limit && agree((each) => each < 1)) word = "faster";
  else if (worst < limit) word = "no slower";
  return { ratio, low, high, word };
}
