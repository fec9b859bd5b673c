import { type DispatchLimits, Dispatcher } from "../dispatch/dispatcher.ts";
import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";
import type { QueueStatus } from "../dispatch/queue.ts";
import { checkReserved } from "../dispatch/reserved-workers.ts";
import type { Task } from "../dispatch/task.ts";
import { QuintetError } from "../shared/errors.ts";
import type { Log } from "../shared/log.ts";
import type { WorkerFacts } from "../wire/facts.ts";
import type { WorkerOptions } from "./launch.ts";
import type { WorkerEvents, WorkerProcess, WorkerStatus } from "./process.ts";
import { describeEnd, type ProcessEnd } from "./process-output.ts";
import type { WorkerRange } from "../config/values/worker-range.ts";
import { Crew } from "./worker-set.ts";
import { Failures } from "./failures.ts";
import { HungWorker } from "./hung-worker.ts";
import { Scaling } from "./scaling.ts";
import { type Limits, WorkerLimits } from "./worker-limits.ts";
import { Warmup, type WarmupOptions } from "./warmup.ts";
import { logBroken, logLine } from "./worker-log.ts";

export interface PoolOptions {
  worker: WorkerOptions;
  /** Between how many there are. */
  workers: WorkerRange;
  /** Milliseconds after which one of them that has nothing to do leaves, if there are more than the least number. */
  idleTime: number;
  /** When one of them is replaced. */
  lifetime: Limits;
  limits: DispatchLimits;
  /** Milliseconds that a worker is given to end what has run out of time. */
  timeoutGrace: number;
  /** What each of them is asked before it takes requests. */
  warmup: WarmupOptions;
  /** Milliseconds that a worker is given to end when it has nothing more to answer. */
  gracefulTimeout: number;
  log: Log;
  /** A worker calls an application behind it. */
  onInnerCall(target: string, call: InnerCallTask): void;
}

/** The workers of one kind. */
export interface PoolStatus {
  target: string;
  /** How many there should be now, and between what that moves. */
  wanted: number;
  min: number;
  max: number;
  threads: number;
  /** Requests that wait for a worker: all of them, and by queue. */
  waiting: number;
  lanes: QueueStatus[];
  workers: WorkerStatus[];
}

/** Those whose workers may run. */
const open = new Set<Pool>();
process.on("exit", () => {
  for (const pool of open) pool.killAll();
});

/** Workers of one kind, from start to stop: sees to it that there are as many as are wanted, whatever happens to them. */
export class Pool {
  readonly dispatcher: Dispatcher;
  readonly #options: PoolOptions;
  readonly #log: Log;
  readonly #crew: Crew;
  readonly #failures: Failures;
  readonly #limits: WorkerLimits;
  readonly #scaling: Scaling;
  readonly #warmup: Warmup;
  /** Those that have loaded the application, and are not warm yet. */
  readonly #cold: WeakSet<WorkerProcess> = new WeakSet();
  /** Of each worker. */
  #threads: number;
  #stopping = false;
  #stopped: Promise<void> | null = null;
  #started: { resolve(facts: WorkerFacts): void; reject(error: QuintetError): void } | null = null;
  /** So many workers are to be ready before it counts as started. */
  #enough = 1;

  constructor(options: PoolOptions) {
    const { log } = options;
    this.#options = options;
    this.#log = log;
    this.#threads = options.worker.threads;
    this.dispatcher = new Dispatcher(options.limits);
    this.#failures = new Failures(options.worker.command.slice(0, -1), log, {
      again: () => this.#crew.level(),
      givenUp: (error) => this.#givenUp(error),
      outlook: () => `${this.#crew.ready.length} of ${this.#crew.wanted} workers serve`,
    });
    this.#crew = new Crew({
      worker: options.worker,
      range: options.workers,
      dispatcher: this.dispatcher,
      failures: this.#failures,
      gracefulTimeout: options.gracefulTimeout,
      log,
      events: this.#events,
    });
    this.#limits = new WorkerLimits(options.lifetime, log, (worker, why) =>
      this.#crew.recycle(worker, why),
    );
    this.#warmup = new Warmup(options.warmup, log);
    this.#scaling = new Scaling(this.#crew, this.dispatcher, options.idleTime);
    open.add(this);
  }

  get target(): string {
    return this.#options.worker.target;
  }

  get size(): { workers: WorkerRange; threads: number } {
    return { workers: this.#crew.range, threads: this.#threads };
  }

  /** How many workers there should be now. */
  get wanted(): number {
    return this.#crew.wanted;
  }

  /**
   * Start the workers. Resolves when the first is ready.
   *
   * @param whole when all are, and none has failed
   * @param workers how many, within the range; by default the least
   * @throws {QuintetError} why the application cannot be loaded; nothing is left running then
   */
  async start(whole = false, workers = 0): Promise<WorkerFacts> {
    const { min, max } = this.#crew.range;
    this.#crew.wanted = Math.min(Math.max(workers, min), max);
    if (whole) this.#enough = this.#crew.wanted;
    const started = new Promise<WorkerFacts>((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    this.#crew.level();
    try {
      return await started;
    } catch (error) {
      this.dispatcher.close(error as QuintetError, true);
      await this.stop();
      throw error;
    }
  }

  /**
   * Have so many workers, whatever the range was. With 0 all finish what they run and leave; what comes then waits.
   *
   * @throws {QuintetError} QUINTET_SETTING if all that are left would be reserved for some requests
   */
  scale(workers: number, why: string): void {
    checkReserved(this.#options.limits.keepWorkers, workers);
    this.#crew.range = { min: workers, max: workers };
    if (workers > 1) this.#crew.becomeSeveral();
    this.#crew.resize(workers, why);
  }

  /** Another takes over what has not begun; what has is finished here, and no worker is started any more. */
  retire(successor: Dispatcher): void {
    this.#rest();
    this.dispatcher.handOver(successor);
  }

  /**
   * End the workers: those that still owe an answer are killed, so let the dispatcher become idle before.
   *
   * @param time milliseconds for what follows a response, such as close(); of several times the least counts
   */
  stop(time = 0): Promise<void> {
    if (this.#stopped) this.#crew.end(time);
    this.#stopped ??= this.#stop(time);
    return this.#stopped;
  }

  async #stop(time: number): Promise<void> {
    this.#stopping = true;
    // Stopped before it had begun: whoever waits for the start must not wait for ever.
    this.#givenUp(new QuintetError("QUINTET_STOPPING", "Stopped before it was ready."));
    this.#rest();
    this.#limits.stop();
    await this.#crew.stop(time);
    open.delete(this);
  }

  /** No worker is started any more. */
  #rest(): void {
    this.#scaling.stop();
    this.#failures.stop();
    this.#crew.close();
  }

  status(): PoolStatus {
    const { target } = this.#options.worker;
    const threads = this.#threads;
    const { wanted, range, all } = this.#crew;
    const now = performance.now();
    const workers = all.map((worker) => worker.status(now));
    const { waiting, queues: lanes } = this.dispatcher;
    return { target, wanted, ...range, threads, waiting, lanes, workers };
  }

  readonly #events: WorkerEvents = {
    ready: (worker, facts) => this.#loaded(worker, facts),
    ended: (worker, end) => this.#ended(worker, end),
    drained: (worker) => this.#crew.leave(worker),
    answeredEnough: (worker) => this.#limits.answeredEnough(worker),
    innerCall: (target, call) => this.#options.onInnerCall(target, call),
    hung: (worker, task, timeoutMs) => this.#hung(worker, task, timeoutMs),
    wornOut: (worker) => this.#crew.replace(worker),
    log: (worker, level, text, task) => {
      // Nobody waits for what has run out of time; where it was then is in the log.
      const due = task?.expired ? "debug" : level;
      logLine(this.#log, { worker: worker.pid, request: task?.requestId }, due, text);
    },
    broken: (worker, error) => logBroken(this.#log, worker.pid, "worker", error),
  };

  /** A worker has loaded the application. */
  #loaded(worker: WorkerProcess, facts: WorkerFacts): void {
    this.#failures.succeeded();
    // It has been killed meanwhile: what it is given now would be lost.
    if (worker.stopping) return;
    if (this.#warmup.needed) void this.#warm(worker, facts);
    else this.#ready(worker, facts);
  }

  async #warm(worker: WorkerProcess, facts: WorkerFacts): Promise<void> {
    worker.link.state = "warming";
    this.#cold.add(worker);
    const failed = await this.#warmup.run(worker, facts);
    if (failed === "gone" || (failed && this.#warmup.stops && this.#givenUp(failed))) return;
    worker.link.warmed();
    this.#cold.delete(worker);
    this.#ready(worker, facts);
  }

  #ready(worker: WorkerProcess, facts: WorkerFacts): void {
    this.#limits.begin(worker);
    if (facts.greenlets !== undefined) this.#oneThread(facts.greenlets);
    this.dispatcher.add(worker.link);
    const took = Math.round(worker.readyAt - worker.startedAt);
    this.#log.debug({ worker: worker.pid }, `worker ready after ${took} ms`);
    this.#crew.level();
    if (this.#crew.ready.length < this.#enough) return;
    this.#started?.resolve(facts);
    this.#started = null;
  }

  #oneThread(library: string): void {
    if (this.#threads === 1) return;
    this.#log.warn(
      `threads: ${this.#threads} has no effect: ${library} has replaced threads by greenlets, ` +
        "so each worker runs one request at a time",
    );
    this.#threads = 1;
  }

  #ended(worker: WorkerProcess, end: ProcessEnd): void {
    const { link } = worker;
    this.#limits.end(worker);
    const wasReady = worker.readyAt > 0;
    const unused = link.page.noted() <= link.warmedBy;
    const lost = link.lost(`worker ${worker.pid} ended: ${describeEnd(end)}`);
    this.dispatcher.remove(link, lost);
    if (!worker.stopping && !this.#stopping) {
      if (this.#cold.has(worker)) this.#endedCold(worker, end);
      else if (wasReady) this.#failures.died(worker, end, unused, this.#crew.wanted);
      else this.#failures.notStarted(end, worker.pid);
    }
    this.#crew.remove(worker, end.code === 0);
  }

  /** Another is started at once: what it is asked becomes less if that goes on. */
  #endedCold(worker: WorkerProcess, end: ProcessEnd): void {
    const error = this.#warmup.ended(worker, end);
    if (error === null) this.#failures.died(worker, end, true, this.#crew.wanted);
    else if (this.#warmup.stops) this.#givenUp(error);
  }

  /** Whoever waits for the start is told why it fails, and nothing more is started. */
  #givenUp(error: QuintetError): boolean {
    if (this.#started === null) return false;
    this.#started.reject(error);
    this.#started = null;
    this.#rest();
    return true;
  }

  /** A worker hangs, and its client already has 504. The worker gets no more requests, and another takes its place at once. */
  #hung(worker: WorkerProcess, task: Task | null, timeoutMs: number): void {
    this.#crew.replace(worker);
    worker.hung ??= new HungWorker(worker, this.#options.timeoutGrace, this.#log);
    worker.hung.add(task, timeoutMs);
  }

  /** For the end of the process, when nothing can be waited for. */
  killAll(): void {
    this.#crew.kill();
  }
}
