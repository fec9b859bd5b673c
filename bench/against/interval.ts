import { spread } from "../statistics.ts";

/** The range of the true ratio, as far as the pairs show. */
export interface Interval {
  median: number;
  /** Absent if there are too few values for an interval of this confidence. */
  low?: number;
  high?: number;
}

/**
 * Of two equal things, one comparison in twenty has 1 outside its interval. Far fewer are called slower: that takes an
 * interval wholly beyond the margin, and a second measurement that confirms it.
 */
export const confidence = 0.95;

/**
 * The median, and an interval for it whose ends are values themselves: of 18, the fifth lowest and the fifth highest.
 * It asks nothing of how the values are spread, and the wild ones of a busy machine lie outside, however wild they are.
 */
export function interval(values: number[]): Interval {
  const { median } = spread(values);
  const rank = rankOfEnds(values.length);
  if (!rank) return { median };
  const sorted = values.toSorted((a, b) => a - b);
  return { median, low: sorted[rank - 1], high: sorted[sorted.length - rank] };
}

/**
 * The rank of the ends, counted from the outside; 0 if even the lowest and the highest value are not far enough out. Each
 * value lies above or below the truth as a coin falls, so this counts the falls of so many coins.
 */
export function rankOfEnds(count: number): number {
  const allowed = ((1 - confidence) / 2) * 2 ** count;
  let ways = 1;
  let sum = 0;
  for (let rank = 0; rank <= count; rank++) {
    sum += ways;
    if (sum > allowed) return rank;
    ways = (ways * (count - rank)) / (rank + 1);
  }
  return count;
}
