/** So many of something: `1 worker`, `2 workers`. */
export function pluralize(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
