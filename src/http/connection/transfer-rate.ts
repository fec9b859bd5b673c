/** How long a client may be below the minimum rate if there is no timeout, which otherwise decides this. */
const GRACE_MS = 60_000;
const MAX_CHECK_INTERVAL_MS = 1000;

/** How often to check a transfer, in milliseconds, so that a timeout is noticed promptly. */
export function checkIntervalMs(timeoutMs: number): number {
  return timeoutMs === 0 ? MAX_CHECK_INTERVAL_MS : Math.min(MAX_CHECK_INTERVAL_MS, timeoutMs / 4);
}

/** Checks that a transfer does not stall, and that its average rate is high enough. */
export class TransferRate {
  readonly #timeoutMs: number;
  readonly #minRate: number;
  readonly #initialBytes: number;
  #bytes: number;
  /** When the number of bytes changed last. */
  #changedAt: number;
  #checkedAt: number;
  /** How long the transfer has waited for the client. */
  #waitedMs = 0;

  /**
   * @param timeoutMs how long nothing may move; 0 for no limit
   * @param minRate bytes per second; 0 for no limit
   * @param bytes the bytes that have moved so far
   * @param now by performance.now()
   */
  constructor(timeoutMs: number, minRate: number, bytes: number, now: number = performance.now()) {
    this.#timeoutMs = timeoutMs;
    this.#minRate = minRate;
    this.#initialBytes = bytes;
    this.#bytes = bytes;
    this.#changedAt = now;
    this.#checkedAt = now;
  }

  /**
   * @param bytes the bytes that have moved by now
   * @param isDue whether the transfer waits for the client
   * @returns "nothing" if the transfer has stalled, "too little" if it is too slow, null if all is well
   */
  check(bytes: number, now: number, isDue: boolean): "nothing" | "too little" | null {
    if (isDue) this.#waitedMs += now - this.#checkedAt;
    this.#checkedAt = now;
    if (!isDue || bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#changedAt = now;
    } else if (this.#timeoutMs > 0 && now - this.#changedAt >= this.#timeoutMs) return "nothing";
    if (this.#minRate === 0) return null;
    const dueSeconds = (this.#waitedMs - (this.#timeoutMs || GRACE_MS)) / 1000;
    return dueSeconds * this.#minRate > bytes - this.#initialBytes ? "too little" : null;
  }
}
