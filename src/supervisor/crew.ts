import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Log } from "../log.ts";
import type { Home } from "../worker/home.ts";
import type { WorkerLink } from "../worker/link.ts";
import { type WorkerEvents, type WorkerOptions, WorkerProcess } from "../worker/process.ts";
import type { WorkerRange } from "../worker-range.ts";
import type { Nursery } from "./nursery.ts";
import { Recycling } from "./recycling.ts";

export interface CrewOptions {
  worker: WorkerOptions;
  range: WorkerRange;
  home: Home;
  nursery: Nursery;
  dispatcher: Dispatcher;
  log: Log;
  events: WorkerEvents;
  /** Whether it is no time to start workers, for they do not come to life. */
  paused(): boolean;
}

/**
 * The workers of a pool. Whatever happens, `level` brings them to as many as are wanted: spare ones leave, missing ones are
 * started. A worker that is to be replaced leaves when it is spare, which it is when its successor is ready.
 */
export class Crew {
  range: WorkerRange;
  /** How many there should be now. */
  wanted: number;
  readonly #options: CrewOptions;
  readonly #workers: Map<number, WorkerProcess> = new Map();
  readonly #recycling: Recycling;
  #multiprocess: boolean;
  /** Those that wait for what they are to be forked from. */
  #unborn = 0;
  #nextId = 1;
  #closed = false;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.range = options.range;
    this.wanted = options.range.min;
    this.#multiprocess = options.worker.multiprocess;
    this.#recycling = new Recycling(options.log);
  }

  /** All of them, also those that leave. */
  get all(): WorkerProcess[] {
    return [...this.#workers.values()];
  }

  /** Those that take requests. */
  get ready(): WorkerProcess[] {
    return this.#staff.filter(({ link }) => link.state === "ready");
  }

  get #staff(): WorkerProcess[] {
    return this.all.filter((worker) => !worker.stopping);
  }

  numbered(id: number): WorkerProcess | undefined {
    return this.#workers.get(id);
  }

  of(link: WorkerLink): WorkerProcess | undefined {
    return this.all.find((worker) => worker.link === link);
  }

  /** Bring them to as many as are wanted. */
  level(): void {
    if (this.#closed) return;
    for (let spare = this.#spare(); spare; spare = this.#spare()) this.#leave(spare);
    this.#recycling.next(this.wanted, this.#workers.size - this.#staff.length);
    const staff = this.#staff;
    let missing = this.wanted + this.#recycling.successors - staff.length - this.#unborn;
    for (const worker of staff.toReversed()) {
      if (missing >= 0) break;
      if (worker.link.state !== "booting") continue;
      worker.kill();
      missing += 1;
    }
    if (this.#options.paused()) return;
    this.#options.nursery.start();
    for (; missing > 0; missing -= 1) this.#spawn();
  }

  resize(wanted: number, why: string): void {
    if (wanted === this.wanted || this.#closed) return;
    this.#options.log.info(`from ${this.wanted} to ${wanted} workers: ${why}`);
    this.wanted = wanted;
    this.level();
  }

  /** There may be more than one now. Those that were told otherwise are replaced. */
  becomeSeveral(): void {
    if (this.#multiprocess) return;
    this.#multiprocess = true;
    for (const worker of this.#staff) this.recycle(worker, "it is no longer the only one");
  }

  /** Have a worker replaced once its successor is ready. */
  recycle(worker: WorkerProcess, why: string): void {
    this.#recycling.add(worker, why);
    this.level();
  }

  /** Have a worker replaced at once. */
  replace(worker: WorkerProcess): void {
    if (worker.stopping) return;
    this.#leave(worker);
    this.level();
  }

  /** A worker has ended. */
  remove(worker: WorkerProcess): void {
    this.#workers.delete(worker.id);
    this.#recycling.remove(worker);
  }

  /** No more are started, and who boots has come too late. */
  close(): void {
    this.#closed = true;
    for (const worker of this.all) if (worker.link.state === "booting") worker.kill();
  }

  /** The worker that is needed least, if more are ready than are wanted. */
  #spare(): WorkerProcess | undefined {
    const { ready } = this;
    if (ready.length <= this.wanted) return undefined;
    const now = performance.now();
    const recycled = ready.filter((worker) => worker.recycled !== null);
    const from = recycled.length > 0 ? recycled : ready;
    return from.toSorted((a, b) => b.idleFor(now) - a.idleFor(now))[0];
  }

  /** It gets nothing more; what it has begun is finished, what it has not goes elsewhere. */
  #leave(worker: WorkerProcess): void {
    worker.stopping = true;
    this.#recycling.remove(worker);
    this.#options.dispatcher.requeue(worker.link.retire());
  }

  #spawn(): void {
    const { home, nursery, dispatcher, events } = this.#options;
    this.#unborn += 1;
    nursery.next((launch) => {
      this.#unborn -= 1;
      const id = this.#nextId++;
      const options = { ...this.#options.worker, multiprocess: this.#multiprocess };
      this.#workers.set(id, new WorkerProcess(id, options, launch, home, dispatcher, events));
    });
  }
}
