/** The middle of some figures and how far they reach. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Median and extremes: with a handful of rounds, a deviation would pretend to know the distribution. */
export function spread(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/**
 * How many times `ours` is `theirs`, round by round. Two neighbours in a round met the same machine; the medians of
 * the two columns may come from different moments.
 */
export function ratios(ours: number[], theirs: number[]): Spread {
  return spread(ours.slice(0, theirs.length).map((value, round) => value / theirs[round]));
}
