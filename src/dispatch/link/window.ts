/** How many requests a worker has at once when all workers are busy: at least, and at most. */
const MIN_SIZE = 2;
const MAX_SIZE = 16;
/** Microseconds of work that may lie at a worker. */
const MAX_WORK_US = 1000;
/** How fast a slow request is forgotten: by half in about ten requests. */
const DECAY = 0.93;

/**
 * How many requests may be at one worker at a time. A round trip between two processes costs 0.1 to 0.3 ms, more than a
 * fast view takes, so a fast worker is kept supplied. A slow one is not, or requests would wait behind it.
 */
export class Window {
  size: number = MIN_SIZE;
  #slowestUs = MAX_WORK_US;

  /**
   * Adapts to a request that has been answered.
   *
   * @param micros microseconds that the application took
   */
  learn(micros: number): void {
    const faded = this.#slowestUs * DECAY;
    const slowest = micros > faded ? micros : faded;
    this.#slowestUs = slowest;
    if (slowest * MAX_SIZE <= MAX_WORK_US) this.size = MAX_SIZE;
    else if (slowest * MIN_SIZE >= MAX_WORK_US) this.size = MIN_SIZE;
    else this.size = Math.floor(MAX_WORK_US / slowest);
  }
}
