/** @throws an Error with one short line for the docs: what came instead */
export function same(what: string, actual: unknown, wanted: unknown): void {
  const [came, expected] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (came !== expected) throw new Error(`${what}: ${short(came)}, not ${short(expected)}`);
}

/** @throws an Error with `otherwise` unless it holds */
export function holds(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

function short(text: string | undefined): string {
  const shown = String(text);
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}
