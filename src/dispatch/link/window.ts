/** The minimum and maximum number of requests that a worker has at once when all workers are busy. */
const MIN_SIZE = 2;
const MAX_SIZE = 16;
/** How much work may wait at a worker, in microseconds. */
const MAX_WORK_US = 1000;
/** How fast the average forgets a slow request: by half in about ten requests. */
const DECAY = 0.93;

/**
 * How many requests may be at one worker at a time. A round trip between two processes takes 0.1 to 0.3 ms, longer than a fast
 * view, so a fast worker always has the next request at hand. A slow worker has not, because that request would wait too long.
 */
export class Window {
  size: number = MIN_SIZE;
  #slowestUs = MAX_WORK_US;

  /**
   * Adapts to a request that has been answered.
   *
   * @param micros how long the application took, in microseconds
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
