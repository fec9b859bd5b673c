/** How many requests a worker is given at once when all are busy, and at most. */
const BUSY = 2;
const MOST = 16;
/** Up to this much work, in microseconds, may lie at a worker. */
const WORK = 1000;
/** How fast a slow request is forgotten: by half in about ten requests. */
const FORGET = 0.93;

/**
 * How many requests may be at one worker at a time. A round trip between two processes costs 0.1 to 0.3 ms, more than a
 * fast view takes, so a fast worker is kept supplied; a slow one is not, or requests would wait behind it.
 */
export class Window {
  size: number = BUSY;
  #slowest = WORK;

  /** Learn how long a request has run, in microseconds. */
  learn(micros: number): void {
    const faded = this.#slowest * FORGET;
    const slowest = micros > faded ? micros : faded;
    this.#slowest = slowest;
    this.size =
      slowest * MOST <= WORK ? MOST : slowest * BUSY >= WORK ? BUSY : Math.floor(WORK / slowest);
  }
}
