import type { Import } from "./imports.ts";

/**
 * The circles of more than two files. A circle of two is allowed: two halves of one idea. dependency-cruiser names only one circle
 * for each import, so it would miss three files of which each two import each other.
 *
 * @returns the sorted files of each circle; for each import, only the shortest circle that it is part of
 */
export function circles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const found = new Map<string, string[]>();
  for (const { from, to } of imports) {
    const files = from === to ? null : wayBack(to, from, targets);
    if (files) found.set(files.toSorted().join(), files.toSorted());
  }
  return [...found.values()];
}

/** The shortest way from one file to another, without a direct import. */
function wayBack(
  from: string,
  to: string,
  targets: ReadonlyMap<string, readonly string[]>,
): string[] | null {
  const ways = [[from]];
  const seen = new Set([from]);
  for (const way of ways) {
    const last = way.at(-1) as string;
    for (const next of targets.get(last) ?? []) {
      if (next === to && last !== from) return [...way, to];
      if (next === to || seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return null;
}
