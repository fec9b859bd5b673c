import type { WorkerRange } from "../config/values/worker-range.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import { checkReserved } from "../dispatch/reserved-workers.ts";
import { QuintetError } from "../shared/errors.ts";
import type { WorkerFacts } from "../wire/json-messages.ts";
import type { PoolOptions } from "./pool-options.ts";
import { type PoolStatus, workerStatus } from "./pool-status.ts";
import { Supervisor } from "./supervisor.ts";

/** The pools whose workers may run. */
const running = new Set<Pool>();
process.on("exit", () => {
  // The process is exiting, so nothing asynchronous can run any more.
  for (const pool of running) pool.kill();
});

/** The workers that run one application, from start to stop, and the dispatcher that gives them requests. */
export class Pool {
  readonly dispatcher: Dispatcher;
  readonly #options: PoolOptions;
  readonly #supervisor: Supervisor;
  #stopped: Promise<void> | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#supervisor = new Supervisor(options);
    this.dispatcher = this.#supervisor.dispatcher;
    running.add(this);
  }

  get target(): string {
    return this.#options.worker.target;
  }

  get size(): { workers: WorkerRange; threads: number } {
    const { workers, threads } = this.#supervisor;
    return { workers: workers.range, threads };
  }

  /** How many workers there should be now. */
  get wanted(): number {
    return this.#supervisor.workers.wanted;
  }

  /**
   * Start the workers.
   *
   * @param whole wait until all workers serve, not just one
   * @param workers how many, within the range; the minimum by default
   * @returns the facts of a worker, once enough workers serve
   * @throws {QuintetError} why the application cannot be loaded; then nothing is left running
   */
  async start(whole = false, workers = 0): Promise<WorkerFacts> {
    const supervisor = this.#supervisor;
    const { min, max } = supervisor.workers.range;
    const wanted = Math.min(Math.max(workers, min), max);
    supervisor.workers.wanted = wanted;
    const started = supervisor.startup.wait(whole ? wanted : 1);
    supervisor.reconcile();
    try {
      return await started;
    } catch (error) {
      this.dispatcher.close(error as QuintetError, true);
      await this.stop();
      throw error;
    }
  }

  /**
   * Set the number of workers, even outside the configured range. With 0, all workers finish their requests and exit, and new
   * requests wait.
   *
   * @throws {QuintetError} QUINTET_SETTING if no worker would be left that is not reserved
   */
  scale(workers: number, why: string): void {
    checkReserved(this.#options.limits.keepWorkers, workers);
    const supervisor = this.#supervisor;
    supervisor.workers.range = { min: workers, max: workers };
    if (workers > 1) supervisor.replacement.becomeMultiprocess();
    supervisor.workers.resize(workers, why);
  }

  /** Hand requests that have not begun to another pool. The others finish here. */
  retire(successor: Dispatcher): void {
    this.#supervisor.startNoMore();
    this.#supervisor.workers.handOver(successor);
  }

  /**
   * End the workers. Workers with unfinished responses are killed, so wait until the dispatcher is idle first.
   *
   * @param timeMs how long the work after a response may take, such as `close()`. After several calls the shortest time
   *   applies
   */
  stop(timeMs = 0): Promise<void> {
    if (this.#stopped) this.#supervisor.workers.end(timeMs);
    this.#stopped ??= this.#stop(timeMs);
    return this.#stopped;
  }

  async #stop(timeMs: number): Promise<void> {
    const supervisor = this.#supervisor;
    supervisor.failStart(new QuintetError("QUINTET_STOPPING", "Stopped before it was ready."));
    await supervisor.stop(timeMs);
    running.delete(this);
  }

  /** Kill all workers, without waiting for their end. */
  kill(): void {
    this.#supervisor.workers.kill();
  }

  status(): PoolStatus {
    const { workers, threads } = this.#supervisor;
    const { wanted, range, all } = workers;
    const { waiting, queues: lanes } = this.dispatcher;
    const now = performance.now();
    return {
      target: this.target,
      wanted,
      ...range,
      threads,
      waiting,
      lanes,
      workers: all.map((worker) => workerStatus(worker, now)),
    };
  }
}
