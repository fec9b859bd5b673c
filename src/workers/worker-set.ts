import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Log } from "../shared/log.ts";
import type { Claim } from "../wire/hello.ts";
import { Home } from "./runtime-directory.ts";
import { killOffspring } from "./offspring.ts";
import { type Caller, Reception } from "./reception.ts";
import { noProcess } from "./process-output.ts";
import type { WorkerOptions } from "./launch.ts";
import { type WorkerEvents, WorkerProcess } from "./process.ts";
import { ZYGOTE_ID } from "./zygote.ts";
import type { WorkerRange } from "../config/values/worker-range.ts";
import type { Failures } from "./failures.ts";
import { Leaving } from "./leaving.ts";
import { Nursery } from "./worker-spawner.ts";
import { Recycling } from "./recycling.ts";
import { logBroken, logLine } from "./worker-log.ts";

export interface CrewOptions {
  worker: WorkerOptions;
  range: WorkerRange;
  dispatcher: Dispatcher;
  failures: Failures;
  /** Milliseconds that a worker is given to end when it has nothing more to answer. */
  gracefulTimeout: number;
  log: Log;
  events: WorkerEvents;
}

/**
 * The processes of a pool. Whatever happens, `level` brings them to as many as are wanted: spare ones leave, missing ones are
 * started. A worker that is to be replaced leaves when it is spare, which it is when its successor is ready.
 */
export class Crew {
  range: WorkerRange;
  /** How many there should be now. */
  wanted: number;
  readonly #options: CrewOptions;
  readonly #home: Home;
  readonly #nursery: Nursery;
  readonly #workers: Map<number, WorkerProcess> = new Map();
  readonly #recycling: Recycling;
  readonly #leaving: Leaving;
  #multiprocess: boolean;
  /** Those that wait for what they are to be forked from. */
  #unborn = 0;
  /** Those of which something may be left. */
  #killing = 0;
  #nextId = 1;
  #closed = false;
  #allEnded: (() => void) | null = null;

  constructor(options: CrewOptions) {
    const { worker, failures, log } = options;
    this.#options = options;
    const reception = new Reception((claim) => this.#caller(claim), log);
    this.#home = new Home(worker.tempDir, (socket) => reception.receive(socket));
    this.#nursery = new Nursery(worker, this.#home, log, {
      failed: (end, pid) => failures.notStarted(end, pid),
      crashing: (what, pid, pause) => failures.loop(what, pid, pause),
      log: (pid, level, line) => logLine(log, { worker: pid }, level, line),
      broken: (pid, error) => {
        logBroken(log, pid, "the process that workers are forked from", error);
      },
      empty: () => this.#checkAllEnded(),
    });
    this.range = options.range;
    this.wanted = options.range.min;
    this.#multiprocess = options.worker.multiprocess;
    this.#recycling = new Recycling(options.log);
    this.#leaving = new Leaving(options.gracefulTimeout, options.log);
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

  /** Bring them to as many as are wanted. */
  level(): void {
    if (this.#closed) return;
    for (let spare = this.#spare(); spare; spare = this.#spare()) this.#leave(spare);
    this.#recycling.next(this.wanted, this.#workers.size - this.#staff.length);
    const staff = this.#staff;
    let missing = this.wanted + this.#recycling.successors - staff.length - this.#unborn;
    for (const worker of staff.toReversed()) {
      if (missing >= 0) break;
      if (!worker.starting) continue;
      worker.kill();
      missing += 1;
    }
    const { failures } = this.#options;
    if (failures.paused) return;
    this.#nursery.start();
    for (; missing > 0 && !this.#closed && !failures.paused; missing -= 1) this.#spawn();
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

  /** Have a worker that has nothing more to answer end. What follows its last response has the time that it has else. */
  leave(worker: WorkerProcess): void {
    this.#leaving.add(worker, this.#options.dispatcher.limits.timeout.otherwise || Infinity);
  }

  /** A worker has ended, `well` if of its own accord. */
  remove(worker: WorkerProcess, well: boolean): void {
    this.#workers.delete(worker.id);
    this.#recycling.remove(worker);
    this.level();
    if (!well && this.#options.worker.runtime === "python") this.#killOffspring(worker.pid);
    this.#checkAllEnded();
  }

  #killOffspring(pid: number): void {
    if (pid === 0) return;
    this.#killing += 1;
    void killOffspring(pid).then(() => {
      this.#killing -= 1;
      this.#checkAllEnded();
    });
  }

  /** No more are started, and who boots or is warmed up has come too late. */
  close(): void {
    this.#closed = true;
    this.#nursery.stop();
    for (const worker of this.all) if (worker.starting) worker.kill();
  }

  /**
   * End them all, those that still owe an answer by force.
   *
   * @param time milliseconds for what follows a response, such as close(), and for their own end
   */
  async stop(time: number): Promise<void> {
    this.close();
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    this.end(time);
    this.#checkAllEnded();
    await ended;
    this.#home.close();
  }

  /** See stop(). */
  end(time: number): void {
    for (const worker of this.all) {
      if (worker.link.outstanding.length > 0) worker.kill();
      else if (!worker.starting) this.#leaving.add(worker, time, time);
    }
  }

  /** For the end of this process, when nothing can be waited for. */
  kill(): void {
    for (const worker of this.all) worker.kill();
    this.#nursery.kill();
  }

  #checkAllEnded(): void {
    if (!this.#allEnded || this.#workers.size > 0 || this.#killing > 0) return;
    if (this.#nursery.empty) this.#allEnded();
    else this.#nursery.close();
  }

  #caller({ id, token }: Claim): Caller | undefined {
    if (id === ZYGOTE_ID) return this.#nursery.claim(token);
    const worker = this.#workers.get(id as number);
    return worker?.token === token ? worker : undefined;
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
    const { worker, dispatcher, events, failures } = this.#options;
    this.#unborn += 1;
    this.#nursery.next((launch) => {
      this.#unborn -= 1;
      const id = this.#nextId++;
      const options = { ...worker, multiprocess: this.#multiprocess };
      try {
        this.#home.restore();
        const born = new WorkerProcess(id, options, launch, this.#home, dispatcher, events);
        this.#workers.set(id, born);
      } catch (error) {
        // There is no room for its page, or no descriptor: the others go on.
        failures.notStarted(noProcess(error as Error), 0);
      }
    });
  }
}
