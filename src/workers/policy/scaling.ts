import type { Dispatcher } from "../../dispatch/dispatcher.ts";
import type { WorkerSet } from "../worker-set.ts";

/** Every so many milliseconds it is looked whether requests wait. */
const LOOK = 100;
/** A request that waits longer than this, in milliseconds, waits too long; where one waits this long, much is missing. */
const WAIT = 100;
const LONG = 1000;
/** So many looks one after the other have to find that before there are more workers: a burst is over sooner. */
const LOOKS = 3;
/** Milliseconds between two workers that leave. */
const PAUSE = 1000;

/** Moves the number of workers within its range: up while requests have to wait, down when workers have nothing to do. */
export class Scaling {
  readonly #crew: WorkerSet;
  readonly #dispatcher: Dispatcher;
  readonly #idleTime: number;
  readonly #timer: NodeJS.Timeout | null;
  #found = 0;
  #shrunkAt = 0;

  /** @param idleTime milliseconds after which a worker that has nothing to do may leave */
  constructor(crew: WorkerSet, dispatcher: Dispatcher, idleTime: number) {
    this.#crew = crew;
    this.#dispatcher = dispatcher;
    this.#idleTime = idleTime;
    const { min, max } = crew.range;
    this.#timer = min < max ? setInterval(() => this.#look(), LOOK).unref() : null;
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const wait = this.#dispatcher.longestWait(now);
    if (wait > WAIT) return this.#tooSlow(wait);
    this.#found = 0;
    this.#perhapsTooMany(now);
  }

  #tooSlow(wait: number): void {
    const { wanted, range, ready } = this.#crew;
    this.#found += 1;
    // Those that boot are waited for: they may be enough.
    if (this.#found < LOOKS || wanted >= range.max || ready.length < wanted) return;
    this.#found = 0;
    const more = wait > LONG ? Math.ceil(wanted / 2) : 1;
    const next = Math.min(wanted + more, range.max);
    this.#crew.resize(next, `a request has waited for ${(wait / 1000).toFixed(2)} s`);
  }

  #perhapsTooMany(now: number): void {
    const { wanted, range, ready } = this.#crew;
    if (wanted <= range.min || now - this.#shrunkAt < PAUSE) return;
    const idle = Math.max(...ready.map((worker) => worker.idleFor(now)));
    if (idle < this.#idleTime) return;
    this.#shrunkAt = now;
    this.#crew.resize(wanted - 1, `a worker had nothing to do for ${Math.round(idle / 1000)} s`);
  }
}
