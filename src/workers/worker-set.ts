import type { WorkerRange } from "../config/values/worker-range.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { PoolOptions } from "./pool-options.ts";
import type { Log } from "../shared/log.ts";
import type { Claim } from "../wire/hello.ts";
import { ExitDeadlines } from "./life/exit-deadlines.ts";
import { planWorkers } from "./policy/worker-plan.ts";
import type { WorkerFailures } from "./policy/worker-failures.ts";
import { Handshakes } from "./process/handshakes.ts";
import { killMultiprocessingChildren } from "./process/multiprocessing-children.ts";
import { neverStarted } from "./process/process-end.ts";
import { RuntimeDirectory } from "./process/runtime-directory.ts";
import type { StartWorker, WorkerOptions } from "./process/start-worker.ts";
import type { SupervisedProcess } from "./process/supervised-process.ts";
import { WorkerSpawner } from "./process/worker-spawner.ts";
import { ZYGOTE_ID } from "./process/zygote.ts";
import { type WorkerListener, WorkerProcess } from "./worker-process.ts";

/**
 * The processes of a pool. It carries out the decisions of policy/: `reconcile` starts missing workers and ends superfluous
 * ones, as worker-plan.ts plans it.
 */
export class WorkerSet {
  range: WorkerRange;
  /** How many workers there should be. */
  wanted: number;
  readonly #options: WorkerOptions;
  readonly #dispatcher: Dispatcher;
  readonly #failures: WorkerFailures;
  readonly #listener: WorkerListener;
  readonly #log: Log;
  readonly #directory: RuntimeDirectory;
  readonly #spawner: WorkerSpawner;
  readonly #workers: Map<number, WorkerProcess> = new Map();
  readonly #exits: ExitDeadlines;
  #multiprocess: boolean;
  /** How many workers have been requested but have no process yet. */
  #starting = 0;
  /** How many ended workers still have children that are being killed. */
  #killing = 0;
  #nextId = 1;
  #closed = false;
  #whenAllEnded: (() => void) | null = null;

  constructor(
    options: PoolOptions,
    dispatcher: Dispatcher,
    failures: WorkerFailures,
    listener: WorkerListener,
  ) {
    const { worker, workers, gracefulTimeoutMs, log } = options;
    this.#options = worker;
    this.#dispatcher = dispatcher;
    this.#failures = failures;
    this.#listener = listener;
    this.#log = log;
    const handshakes = new Handshakes((claim) => this.#find(claim), log);
    this.#directory = new RuntimeDirectory(worker.tempDir, (socket) => handshakes.accept(socket));
    this.#spawner = new WorkerSpawner(worker, this.#directory, failures, log);
    this.range = workers;
    this.wanted = workers.min;
    this.#multiprocess = worker.multiprocess;
    this.#exits = new ExitDeadlines(gracefulTimeoutMs, log);
  }

  /** All workers that have not ended. */
  get all(): WorkerProcess[] {
    return [...this.#workers.values()];
  }

  /** The workers that take client requests. */
  get serving(): WorkerProcess[] {
    return this.all.filter(({ life }) => life.serves);
  }

  /** Start and end workers to reach the wanted number. */
  reconcile(): void {
    if (this.#closed) return;
    const plan = planWorkers(this.all, this.wanted, this.#starting, performance.now());
    for (const worker of plan.retire) {
      this.#retire(worker, "retire", worker.life.recycleReason ?? "there are enough others");
    }
    for (const worker of plan.replace) worker.replace();
    for (const worker of plan.kill) worker.kill("there are enough others");
    if (this.#failures.paused) return;
    this.#spawner.prepare();
    for (let left = plan.start; left > 0 && !this.#closed && !this.#failures.paused; left -= 1) {
      this.#start();
    }
  }

  /** Change how many workers are wanted. */
  resize(wanted: number, reason: string): void {
    if (wanted === this.wanted || this.#closed) return;
    this.#log.info(`from ${this.wanted} to ${wanted} workers: ${reason}`);
    this.wanted = wanted;
    this.reconcile();
  }

  /**
   * Tell workers that start from now on that they are not the only one.
   *
   * @returns the workers that were started as the only one
   */
  becomeMultiprocess(): WorkerProcess[] {
    if (this.#multiprocess) return [];
    this.#multiprocess = true;
    return this.all.filter(({ life }) => life.counts);
  }

  /** Replace a worker when its turn comes. It serves until its successor is ready. */
  recycle(worker: WorkerProcess, reason: string): void {
    if (worker.recycle(reason)) this.reconcile();
  }

  /** Replace a worker now. It gets no new requests. */
  retire(worker: WorkerProcess, reason: string): void {
    this.#retire(worker, "retire", reason);
    this.reconcile();
  }

  /** Replace a worker that hangs. */
  hang(worker: WorkerProcess): void {
    this.#retire(worker, "hang", "it hangs");
    this.reconcile();
  }

  /** A worker has answered all its requests. The work after its last response may take as long as a request. */
  leave(worker: WorkerProcess): void {
    const { timeout } = this.#dispatcher.limits;
    this.#exits.add(worker, timeout.otherwise || Infinity);
  }

  /**
   * A worker has ended.
   *
   * @param exitedCleanly whether the status was 0; then the worker has ended its children itself
   */
  remove(worker: WorkerProcess, exitedCleanly: boolean): void {
    this.#workers.delete(worker.id);
    this.reconcile();
    if (!exitedCleanly && this.#options.runtime === "python") this.#killChildren(worker.pid);
    this.#checkAllEnded();
  }

  /** Hand all requests that have not begun, and all new ones, to another dispatcher. Call close() first. */
  handOver(successor: Dispatcher): void {
    for (const { life } of this.all) life.advance("retire", "another generation has taken over");
    this.#dispatcher.handOver(successor);
  }

  /** Start no more workers, and kill those that do not serve yet. */
  close(): void {
    this.#closed = true;
    this.#spawner.stop();
    for (const worker of this.all) if (worker.life.starts) worker.kill("the pool stops");
  }

  /**
   * End all workers. Workers with unfinished responses are killed.
   *
   * @param timeMs how long the work after a response may take, such as `close()`, and how long the exit may take
   */
  async stop(timeMs: number): Promise<void> {
    this.close();
    await new Promise<void>((resolve) => {
      this.#whenAllEnded = resolve;
      this.end(timeMs);
      this.#checkAllEnded();
    });
    await this.#spawner.close();
    this.#directory.close();
  }

  /** See stop(). After several calls the shortest time applies. */
  end(timeMs: number): void {
    for (const worker of this.all) {
      if (worker.link.outstanding.length > 0) worker.kill("the pool stops");
      else if (!worker.life.starts) this.#exits.add(worker, timeMs, timeMs);
    }
  }

  /** Kill all processes, without waiting for their end. */
  kill(): void {
    for (const worker of this.all) worker.kill("the server ends");
    this.#spawner.kill();
  }

  #retire(worker: WorkerProcess, event: "retire" | "hang", reason: string): void {
    this.#dispatcher.requeue(worker.retire(event, reason));
  }

  #start(): void {
    this.#starting += 1;
    this.#spawner.next((start) => {
      this.#starting -= 1;
      this.#startWith(start);
    });
  }

  #startWith(start: StartWorker): void {
    const id = this.#nextId++;
    const options = { ...this.#options, multiprocess: this.#multiprocess };
    try {
      this.#directory.restore();
      const started = new WorkerProcess(
        id,
        options,
        start,
        this.#directory,
        this.#dispatcher,
        this.#log,
        this.#listener,
      );
      this.#workers.set(id, started);
    } catch (error) {
      // There is no space for its page, or no free descriptor. Other workers are not affected.
      this.#failures.notStarted(neverStarted(error as Error), 0);
    }
  }

  #find({ id, token }: Claim): SupervisedProcess | undefined {
    if (id === ZYGOTE_ID) return this.#spawner.find(token);
    const worker = this.#workers.get(id as number);
    return worker?.token === token ? worker : undefined;
  }

  #killChildren(pid: number): void {
    if (pid === 0) return;
    this.#killing += 1;
    void killMultiprocessingChildren(pid).then(() => {
      this.#killing -= 1;
      this.#checkAllEnded();
    });
  }

  #checkAllEnded(): void {
    if (this.#workers.size === 0 && this.#killing === 0) this.#whenAllEnded?.();
  }
}
