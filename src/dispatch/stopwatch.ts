/**
 * The phases of a request:
 *
 *     received → queued → sent → running → streaming → done
 *                  ↑       ↓  ↘     ↑
 *                  └───────┴── waiting
 *
 * - `received`: the front has it, and may still be reading its body.
 * - `queued`: it waits for a worker.
 * - `sent`: a worker has it. Whether the worker has begun it has not been checked yet.
 * - `waiting`: a worker has it, but was seen not to have begun it, because its threads are still finishing other requests.
 * - `running`: the worker was seen to have begun it.
 * - `streaming`: the head of its response has arrived.
 * - `done`: the worker has finished it. Its client may still be reading.
 */
export type Phase = "received" | "queued" | "sent" | "waiting" | "running" | "streaming" | "done";

/** What a request may wait for while its timeout is paused. These are bits, because it may wait for several at once. */
export const WAIT = {
  /** The client to read more of the response. */
  CLIENT_READS: 1,
  /** The client to send more of the request body. */
  CLIENT_SENDS: 2,
  /** An inner call, which has a timeout of its own. */
  INNER_CALL: 4,
} as const;

export type Wait = (typeof WAIT)[keyof typeof WAIT];

/** How long a request has taken, in milliseconds. */
export interface Durations {
  /** From its first byte until now. */
  total: number;
  /** Waiting, in the queue or at a worker that had not begun it. */
  queue: number;
  /** In the application. */
  application: number;
}

/**
 * Tracks the phase of a request and the duration of each phase, for the timeouts, the access log and the window.
 *
 * All times are milliseconds of `performance.now()`. Task extends this class instead of holding an instance, so that a request
 * stays one object.
 */
export class Stopwatch {
  /** When the request arrived. */
  readonly receivedAt: number = performance.now();
  #phase: Phase = "received";
  #queuedAt = 0;
  #sentAt = 0;
  /** When its timeout last started. */
  #aliveAt = 0;
  /** What it waits for now: bits of WAIT. */
  #waits = 0;
  #micros = 0;

  get phase(): Phase {
    return this.#phase;
  }

  /** When it began to wait for a worker; 0 if it never did. A request that a worker hands back keeps this time. */
  get queuedAt(): number {
    return this.#queuedAt;
  }

  /** When it was last sent to a worker; 0 if it never was. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** How long the application took, in microseconds, as the worker measured it; 0 until the worker has reported it. */
  get micros(): number {
    return this.#micros;
  }

  /** Whether the head of its response has arrived but not its end. */
  get isStreaming(): boolean {
    return this.#phase === "streaming";
  }

  /** It begins to wait for a worker. */
  markQueued(now: number): void {
    this.#phase = "queued";
    this.#queuedAt = now;
  }

  /** It has been given to a worker. */
  markSent(now: number): void {
    this.#phase = "sent";
    this.#sentAt = now;
    this.#aliveAt = now;
  }

  /** It has come back from a worker that had not begun it. */
  markReturned(): void {
    this.#phase = "queued";
    this.#sentAt = 0;
  }

  /**
   * Records whether the worker was seen to have begun it. Waiting at the worker does not count as running.
   *
   * @param since when the worker became free for it
   */
  markSeen(hasBegun: boolean, since: number, now: number): void {
    if (this.#phase === "sent") {
      if (hasBegun) this.#run(since);
      else this.#phase = "waiting";
    } else if (this.#phase === "waiting" && hasBegun) this.#run(now);
  }

  #run(since: number): void {
    this.#phase = "running";
    if (since > this.#aliveAt) this.#aliveAt = since;
  }

  /** The head of its response has arrived. */
  markStreaming(now: number): void {
    this.#phase = "streaming";
    this.#aliveAt = now;
  }

  /** More of its response has arrived, or its client has left: its timeout starts again. */
  markAlive(now: number): void {
    this.#aliveAt = now;
  }

  /**
   * The worker has finished it.
   *
   * @param micros how long the application took, in microseconds, as the worker measured it
   */
  markDone(micros: number): void {
    this.#phase = "done";
    this.#micros = micros;
  }

  /** Pauses its timeout. */
  pause(wait: Wait): void {
    this.#waits |= wait;
  }

  /** It no longer waits for this. Its timeout starts again from 0. */
  resume(wait: Wait, now: number): void {
    this.#waits &= ~wait;
    this.#aliveAt = now;
  }

  /** Whether it waits for this, or for anything if `wait` is left out. */
  isPaused(wait?: Wait): boolean {
    return wait === undefined ? this.#waits !== 0 : (this.#waits & wait) !== 0;
  }

  /** Milliseconds that count towards its timeout: since it began, or since its timeout last started again. */
  silentFor(now: number): number {
    return this.isPaused() ? 0 : now - this.#aliveAt;
  }

  /** How long it has taken until now. */
  durations(now: number): Durations {
    // If the worker has not reported how long the application took, all time at the worker counts.
    const isMeasured = this.#micros > 0 || this.#sentAt === 0;
    const application = isMeasured ? this.#micros / 1000 : now - this.#sentAt;
    // A request that was refused was never queued.
    const queue = this.#queuedAt === 0 ? 0 : Math.max(0, now - this.#queuedAt - application);
    return { total: now - this.receivedAt, queue, application };
  }
}
