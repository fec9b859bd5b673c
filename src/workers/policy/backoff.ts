/** Milliseconds before what has failed is tried again: the first time, and at most. */
const FIRST = 250;
const MOST = 30_000;
/** WorkerFailures that lie further apart than this, in milliseconds, have nothing to do with each other. */
const FORGET = 120_000;

/** Growing pauses between tries that fail one after the other. */
export class Backoff {
  readonly #again: () => void;
  #failures = 0;
  #failedAt = 0;
  #due = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param again what is to be tried after a pause */
  constructor(again: () => void) {
    this.#again = again;
  }

  /** It is not to be tried now. */
  get waits(): boolean {
    return this.#timer !== null;
  }

  /**
   * It has failed. While a pause runs that is no news.
   *
   * @param free after so many failures there is no pause yet
   * @returns milliseconds until it is tried again, which are 0 where the caller does that at once
   */
  failed(free = 0): number {
    const now = performance.now();
    if (this.#timer) return Math.max(1, this.#due - now);
    if (now - this.#failedAt > FORGET) this.#failures = 0;
    this.#failedAt = now;
    this.#failures += 1;
    if (this.#failures <= free) return 0;
    const pause = Math.min(FIRST * 2 ** (this.#failures - free - 1), MOST);
    this.#due = now + pause;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#again();
    }, pause);
    return pause;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** It will not be tried any more. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
