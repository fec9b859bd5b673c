import type { WorkerRange } from "../config/worker-range.ts";
import type { CallTask } from "../dispatch/call-task.ts";
import { type DispatchLimits, Dispatcher } from "../dispatch/dispatcher.ts";
import { checkKept, type LaneStatus } from "../dispatch/reserved-workers.ts";
import { QuintetError } from "../shared/errors.ts";
import type { Log } from "../shared/log.ts";
import type { WorkerFacts } from "../wire/facts.ts";
import type { LifetimeLimits } from "./policy/lifetime-limits.ts";
import { Replacement } from "./policy/replacement.ts";
import { Scaling } from "./policy/scaling.ts";
import { type FailingPool, WorkerFailures } from "./policy/worker-failures.ts";
import { PoolStart } from "./pool-start.ts";
import { describeEnd, type ProcessEnd } from "./process/process-end.ts";
import type { WorkerOptions } from "./process/start-worker.ts";
import { Warmup, type WarmupOptions } from "./warmup/warmup.ts";
import type { WorkerListener, WorkerProcess } from "./worker-process.ts";
import { WorkerSet } from "./worker-set.ts";
import { type WorkerStatus, workerStatus } from "./worker-status.ts";

export interface PoolOptions {
  worker: WorkerOptions;
  /** The least and the greatest number of workers. */
  workers: WorkerRange;
  /** A worker that has had nothing to do for this long leaves, if there are more than the least number. */
  idleTimeMs: number;
  lifetime: LifetimeLimits;
  limits: DispatchLimits;
  /** How long a worker may take to end a request that has timed out, before it is killed. */
  timeoutGraceMs: number;
  warmup: WarmupOptions;
  /** How long a worker that owes no response may take to exit. */
  gracefulTimeoutMs: number;
  log: Log;
  /** A worker calls another application. */
  onCall(target: string, call: CallTask): void;
}

/** A pool, as `quintet status` shows it. */
export interface PoolStatus {
  target: string;
  /** How many workers there should be now, between `min` and `max`. */
  wanted: number;
  min: number;
  max: number;
  threads: number;
  /** Requests that wait for a worker. */
  waiting: number;
  /** The same for each path that has reserved workers. */
  lanes: LaneStatus[];
  workers: WorkerStatus[];
}

/** The pools whose workers may run. */
const running = new Set<Pool>();
process.on("exit", () => {
  for (const pool of running) pool.killAll();
});

/** The workers that run one application, from start to stop, and the dispatcher that gives them requests. */
export class Pool {
  readonly dispatcher: Dispatcher;
  readonly #options: PoolOptions;
  readonly #log: Log;
  readonly #workers: WorkerSet;
  readonly #failures: WorkerFailures;
  readonly #replacement: Replacement;
  readonly #scaling: Scaling;
  readonly #warmup: Warmup;
  readonly #start = new PoolStart();
  /** Of each worker. */
  #threads: number;
  #stopping = false;
  #stopped: Promise<void> | null = null;

  constructor(options: PoolOptions) {
    const { worker, log } = options;
    this.#options = options;
    this.#log = log;
    this.#threads = worker.threads;
    this.dispatcher = new Dispatcher(options.limits);
    this.#failures = new WorkerFailures(worker.command.slice(0, -1), log, this.#failing);
    this.#workers = new WorkerSet({
      worker,
      range: options.workers,
      dispatcher: this.dispatcher,
      failures: this.#failures,
      gracefulTimeoutMs: options.gracefulTimeoutMs,
      log,
      listener: this.#listener,
    });
    this.#replacement = new Replacement(
      options.lifetime,
      options.timeoutGraceMs,
      this.#workers,
      log,
    );
    this.dispatcher.onStuck = (link, task, timeout) => {
      const hung = this.#workers.of(link);
      if (hung) this.#replacement.hangs(hung, task, timeout);
    };
    this.dispatcher.onWornOut = (link) => {
      const worn = this.#workers.of(link);
      if (worn) this.#replacement.outOfNumbers(worn);
    };
    this.#warmup = new Warmup(options.warmup, log);
    this.#scaling = new Scaling(this.#workers, this.dispatcher, options.idleTimeMs);
    running.add(this);
  }

  get target(): string {
    return this.#options.worker.target;
  }

  get size(): { workers: WorkerRange; threads: number } {
    return { workers: this.#workers.range, threads: this.#threads };
  }

  /** How many workers there should be now. */
  get wanted(): number {
    return this.#workers.wanted;
  }

  /**
   * Start the workers.
   *
   * @param whole wait until all workers serve, instead of one
   * @param workers how many, within the range; the least number by default
   * @returns the facts of a worker, once enough workers serve
   * @throws {QuintetError} why the application cannot be loaded; then nothing is left running
   */
  async start(whole = false, workers = 0): Promise<WorkerFacts> {
    const { min, max } = this.#workers.range;
    const wanted = Math.min(Math.max(workers, min), max);
    this.#workers.wanted = wanted;
    const started = this.#start.wait(whole ? wanted : 1);
    this.#workers.reconcile();
    try {
      return await started;
    } catch (error) {
      this.dispatcher.close(error as QuintetError, true);
      await this.stop();
      throw error;
    }
  }

  /**
   * Set the number of workers, whatever the range was. With 0 all workers finish what they run and leave, and new requests
   * wait.
   *
   * @throws {QuintetError} QUINTET_SETTING if no worker would be left that is not reserved
   */
  scale(workers: number, why: string): void {
    checkKept(this.#options.limits.keepWorkers, workers);
    this.#workers.range = { min: workers, max: workers };
    if (workers > 1) this.#replacement.becomeMultiprocess();
    this.#workers.resize(workers, why);
  }

  /** Another pool takes over the requests that have not begun. The others finish here. */
  retire(successor: Dispatcher): void {
    this.#startNoMore();
    this.#workers.handOver(successor);
  }

  /**
   * End the workers. Those that still owe a response are killed, so wait until the dispatcher is idle first.
   *
   * @param timeMs how long what follows a response may take, such as `close()`. If this is called several times, the
   *   least counts
   */
  stop(timeMs = 0): Promise<void> {
    if (this.#stopped) this.#workers.end(timeMs);
    this.#stopped ??= this.#stop(timeMs);
    return this.#stopped;
  }

  async #stop(timeMs: number): Promise<void> {
    this.#stopping = true;
    this.#failStart(new QuintetError("QUINTET_STOPPING", "Stopped before it was ready."));
    this.#startNoMore();
    this.#replacement.stop();
    await this.#workers.stop(timeMs);
    running.delete(this);
  }

  #startNoMore(): void {
    this.#scaling.stop();
    this.#failures.stop();
    this.#workers.close();
  }

  status(): PoolStatus {
    const { wanted, range, all } = this.#workers;
    const { waiting, lanes } = this.dispatcher;
    const now = performance.now();
    const workers = all.map((worker) => workerStatus(worker, now));
    const threads = this.#threads;
    return { target: this.target, wanted, ...range, threads, waiting, lanes, workers };
  }

  /** Kill all workers because this process ends, and nothing can be waited for. */
  killAll(): void {
    this.#workers.kill();
  }

  readonly #listener: WorkerListener = {
    loaded: (worker, facts) => this.#loaded(worker, facts),
    ended: (worker, end) => this.#ended(worker, end),
    drained: (worker) => this.#workers.leave(worker),
    answeredEnough: (worker) => this.#replacement.answeredEnough(worker),
    call: (target, call) => this.#options.onCall(target, call),
  };

  readonly #failing: FailingPool = {
    reconcile: () => this.#workers.reconcile(),
    failStart: (error) => this.#failStart(error),
    summary: () => `${this.#workers.serving.length} of ${this.#workers.wanted} workers serve`,
  };

  #failStart(error: QuintetError): boolean {
    if (!this.#start.fail(error)) return false;
    this.#startNoMore();
    return true;
  }

  #loaded(worker: WorkerProcess, facts: WorkerFacts): void {
    this.#failures.loaded();
    // A request that is given to a killed worker would be lost.
    if (worker.life.state !== "booting") return;
    if (this.#warmup.needed) void this.#warmUp(worker, facts);
    else this.#serve(worker, facts);
  }

  async #warmUp(worker: WorkerProcess, facts: WorkerFacts): Promise<void> {
    worker.warm();
    const failure = await this.#warmup.run(worker, facts);
    if (worker.life.state !== "warming") return;
    if (failure && this.#warmup.stops && this.#failStart(failure)) return;
    this.#serve(worker, facts);
  }

  #serve(worker: WorkerProcess, facts: WorkerFacts): void {
    worker.serve();
    this.#replacement.serves(worker);
    if (facts.greenlets !== undefined) this.#useOneThread(facts.greenlets);
    this.dispatcher.add(worker.link);
    const tookMs = Math.round(worker.loadedAt - worker.startedAt);
    this.#log.debug({ worker: worker.pid }, `worker ready after ${tookMs} ms`);
    this.#workers.reconcile();
    this.#start.serving(this.#workers.serving.length, facts);
  }

  #useOneThread(library: string): void {
    if (this.#threads === 1) return;
    this.#log.warn(
      `threads: ${this.#threads} has no effect: ${library} has replaced threads by greenlets, ` +
        "so each worker runs one request at a time",
    );
    this.#threads = 1;
  }

  #ended(worker: WorkerProcess, end: ProcessEnd): void {
    const { link, pid } = worker;
    this.#replacement.ended(worker);
    const unused = link.page.noted() <= link.warmedBy;
    const unbegun = link.lost(`worker ${pid} ended: ${describeEnd(end)}`);
    this.dispatcher.remove(link, unbegun);
    if (!this.#stopping) this.#judgeEnd(worker, end, unused);
    this.#workers.remove(worker, end.code === 0);
  }

  /** @param unused the worker was given no request of a client */
  #judgeEnd(worker: WorkerProcess, end: ProcessEnd, unused: boolean): void {
    const ageMs = performance.now() - worker.loadedAt;
    switch (worker.life.endedWhile) {
      case "expected":
        return;
      case "booting":
        return this.#failures.notStarted(end, worker.pid);
      case "warming": {
        const error = this.#warmup.ended(worker, end);
        if (error === null) this.#failures.died(worker.pid, end, ageMs, true, this.wanted);
        else if (this.#warmup.stops) this.#failStart(error);
        return;
      }
      case "serving":
        return this.#failures.died(worker.pid, end, ageMs, unused, this.wanted);
      case "retiring":
        return this.#failures.diedRetiring(worker.pid, end);
    }
  }
}
