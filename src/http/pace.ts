/** Milliseconds in which a rate need not be kept, where there is no timeout that says how long. */
const GRACE = 60_000;

/** Milliseconds between two looks, so that a timeout is seen soon after it is over. */
export function lookEvery(timeout: number): number {
  return timeout === 0 ? 1000 : Math.min(1000, timeout / 4);
}

/** Whether bytes keep coming, or going: never nothing for too long, and on average so many a second. */
export class Pace {
  readonly #timeout: number;
  readonly #minRate: number;
  readonly #first: number;
  #last: number;
  #at: number;
  /** When it was looked last. */
  #looked: number;
  /** Milliseconds in which the client was waited for. */
  #waited = 0;

  /**
   * @param timeout milliseconds; 0 for no limit
   * @param minRate bytes a second; 0 for no limit
   * @param bytes how many there have been so far
   */
  constructor(timeout: number, minRate: number, bytes: number, now: number = performance.now()) {
    this.#timeout = timeout;
    this.#minRate = minRate;
    this.#first = bytes;
    this.#last = bytes;
    this.#at = now;
    this.#looked = now;
  }

  /**
   * @param bytes how many there have been by now
   * @param isDue whether the client is waited for
   * @returns what is wrong: there is nothing, or too little
   */
  look(bytes: number, now: number, isDue: boolean): "nothing" | "too little" | null {
    if (isDue) this.#waited += now - this.#looked;
    this.#looked = now;
    if (!isDue || bytes !== this.#last) {
      this.#last = bytes;
      this.#at = now;
    } else if (this.#timeout > 0 && now - this.#at >= this.#timeout) return "nothing";
    if (this.#minRate === 0) return null;
    const due = (this.#waited - (this.#timeout || GRACE)) / 1000;
    return due * this.#minRate > bytes - this.#first ? "too little" : null;
  }
}
