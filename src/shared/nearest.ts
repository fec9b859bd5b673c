/**
 * The name that a misspelt word most likely means.
 *
 * @returns undefined if no name differs by at most one edit, or two edits for a word of more than five letters
 */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  const allowed = word.length > 5 ? 2 : 1;
  let best: string | undefined;
  let least = allowed + 1;
  for (const name of names) {
    if (Math.abs(name.length - word.length) > allowed) continue;
    const steps = distance(word, name);
    if (steps < least) [best, least] = [name, steps];
  }
  return best;
}

/** The number of edits: letters to add, drop or replace, or neighbours to swap (optimal string alignment distance). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      let steps = Math.min(
        (above[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (above[column - 1] as number) + (same ? 0 : 1),
      );
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) steps = Math.min(steps, (before[column - 2] as number) + 1);
      current.push(steps);
    }
    [before, above] = [above, current];
  }
  return above[other.length] as number;
}
