const INTERVAL_MS = 1000;

/** Limits log lines that clients can provoke to one line of a kind per second, which says how many were skipped. */
export class LogThrottle {
  readonly #kinds: Map<string, { loggedAt: number; skipped: number }> = new Map();

  /**
   * Logs a line, unless one of its kind was logged within the last second.
   *
   * @param log called with a suffix for the line, which says how many lines were skipped before it
   */
  log(kind: string, log: (suffix: string) => void): void {
    const now = performance.now();
    const last = this.#kinds.get(kind);
    if (last !== undefined && now - last.loggedAt < INTERVAL_MS) {
      last.skipped += 1;
      return;
    }
    this.#kinds.set(kind, { loggedAt: now, skipped: 0 });
    const skipped = last?.skipped ?? 0;
    log(skipped === 0 ? "" : ` (and ${skipped} more like it)`);
  }
}
