const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;
/** A failure this long after the previous one starts a new series. */
const SERIES_GAP_MS = 120_000;

/** Pauses between failed attempts, growing with each failure. */
export class Backoff {
  readonly #retry: () => void;
  #failures = 0;
  #failedAt = 0;
  #retryAt = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param retry called when a pause is over */
  constructor(retry: () => void) {
    this.#retry = retry;
  }

  /** Whether a pause is under way. */
  get waits(): boolean {
    return this.#timer !== null;
  }

  /**
   * Note a failure. Calls during a pause change nothing.
   *
   * @param free this many failures in a row cause no pause
   * @returns milliseconds until the next attempt; 0 if the caller may try again at once
   */
  failed(free = 0): number {
    const now = performance.now();
    if (this.#timer) return Math.max(1, this.#retryAt - now);
    if (now - this.#failedAt > SERIES_GAP_MS) this.#failures = 0;
    this.#failedAt = now;
    this.#failures += 1;
    if (this.#failures <= free) return 0;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - free - 1), MAX_PAUSE_MS);
    this.#retryAt = now + pauseMs;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#retry();
    }, pauseMs);
    return pauseMs;
  }

  /** End the series of failures. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** Do not try again. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
