/** Milliseconds between two lines about the same. */
const PAUSE = 1000;

/** Whoever sends requests decides how many lines of a kind there would be: one a second says it, and how many it stands for. */
export class Rarely {
  readonly #said: Map<string, { at: number; unsaid: number }> = new Map();

  /** @param say gets what to add to the line */
  say(kind: string, say: (more: string) => void): void {
    const now = performance.now();
    const last = this.#said.get(kind);
    if (last !== undefined && now - last.at < PAUSE) {
      last.unsaid += 1;
      return;
    }
    this.#said.set(kind, { at: now, unsaid: 0 });
    const unsaid = last?.unsaid ?? 0;
    say(unsaid === 0 ? "" : ` (and ${unsaid} like it before)`);
  }
}
