import type { Dispatcher } from "../../dispatch/dispatcher.ts";
import type { WorkerSet } from "../worker-set.ts";

const CHECK_INTERVAL_MS = 100;
/** A request that waits longer than this waits too long. */
const MAX_WAIT_MS = 100;
/** If a request waits longer than this, the number of workers grows by half; otherwise by one. */
const LONG_WAIT_MS = 1000;
/** Workers are added after this many checks in a row with a request that waits too long, so that short bursts add none. */
const CHECKS_BEFORE_GROWTH = 3;
/** Minimum time between stopping one worker and the next. */
const SHRINK_INTERVAL_MS = 1000;

/**
 * Decides how many workers there should be, within the range that `workers` sets: more while requests wait, fewer while
 * workers have nothing to do. WorkerSet carries it out.
 */
export class Scaling {
  readonly #workers: WorkerSet;
  readonly #dispatcher: Dispatcher;
  readonly #idleTimeMs: number;
  readonly #timer: NodeJS.Timeout | null;
  #tooSlowChecks = 0;
  #shrunkAt = 0;

  /** @param idleTimeMs a worker that has been idle for this long may be stopped */
  constructor(workers: WorkerSet, dispatcher: Dispatcher, idleTimeMs: number) {
    this.#workers = workers;
    this.#dispatcher = dispatcher;
    this.#idleTimeMs = idleTimeMs;
    const { min, max } = workers.range;
    this.#timer = min < max ? setInterval(() => this.#check(), CHECK_INTERVAL_MS).unref() : null;
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  #check(): void {
    const now = performance.now();
    const waitMs = this.#dispatcher.longestWait(now);
    if (waitMs > MAX_WAIT_MS) return this.#grow(waitMs);
    this.#tooSlowChecks = 0;
    this.#shrink(now);
  }

  #grow(waitMs: number): void {
    const { wanted, range, serving } = this.#workers;
    this.#tooSlowChecks += 1;
    if (this.#tooSlowChecks < CHECKS_BEFORE_GROWTH || wanted >= range.max) return;
    // The workers that are still starting may be enough.
    if (serving.length < wanted) return;
    this.#tooSlowChecks = 0;
    const more = waitMs > LONG_WAIT_MS ? Math.ceil(wanted / 2) : 1;
    const next = Math.min(wanted + more, range.max);
    this.#workers.resize(next, `a request has waited for ${(waitMs / 1000).toFixed(2)} s`);
  }

  #shrink(now: number): void {
    const { wanted, range, serving } = this.#workers;
    if (wanted <= range.min || now - this.#shrunkAt < SHRINK_INTERVAL_MS) return;
    const idleMs = Math.max(...serving.map((worker) => worker.idleMs(now)));
    if (idleMs < this.#idleTimeMs) return;
    this.#shrunkAt = now;
    const seconds = Math.round(idleMs / 1000);
    this.#workers.resize(wanted - 1, `a worker had nothing to do for ${seconds} s`);
  }
}
