import { Dispatcher } from "../dispatch/dispatcher.ts";
import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";
import type { Task } from "../dispatch/task.ts";
import type { QuintetError } from "../shared/errors.ts";
import type { Log } from "../shared/log.ts";
import type { WorkerFacts } from "../wire/json-messages.ts";
import { Replacement } from "./policy/replacement.ts";
import { Scaling } from "./policy/scaling.ts";
import { type FailingPool, WorkerFailures } from "./policy/worker-failures.ts";
import type { PoolOptions } from "./pool-options.ts";
import { PoolStart } from "./pool-start.ts";
import { describeEnd, type ProcessEnd } from "./process/process-end.ts";
import { Warmup } from "./warmup/warmup.ts";
import type { WorkerListener, WorkerProcess } from "./worker-process.ts";
import { WorkerSet } from "./worker-set.ts";

/**
 * Hears of everything that happens to the workers of a pool, and passes it to the part that decides about it: Replacement,
 * Scaling, Warmup, WorkerFailures. The dispatcher gets a worker when it serves, and loses it when it has ended.
 */
export class Supervisor implements WorkerListener, FailingPool {
  readonly dispatcher: Dispatcher;
  readonly workers: WorkerSet;
  readonly replacement: Replacement;
  readonly startup: PoolStart = new PoolStart();
  /** Threads of each worker. */
  threads: number;
  readonly #onInnerCall: PoolOptions["onInnerCall"];
  readonly #log: Log;
  readonly #failures: WorkerFailures;
  readonly #scaling: Scaling;
  readonly #warmup: Warmup;
  #stopping = false;

  constructor(options: PoolOptions) {
    const { worker, log } = options;
    this.threads = worker.threads;
    this.#onInnerCall = options.onInnerCall;
    this.#log = log;
    this.dispatcher = new Dispatcher(options.limits);
    this.#failures = new WorkerFailures(worker.command.slice(0, -1), log, this);
    this.workers = new WorkerSet(options, this.dispatcher, this.#failures, this);
    const { lifetime, timeoutGraceMs } = options;
    this.replacement = new Replacement(lifetime, timeoutGraceMs, this.workers, log);
    this.#warmup = new Warmup(options.warmup, log);
    this.#scaling = new Scaling(this.workers, this.dispatcher, options.idleTimeMs);
  }

  /** Start no more workers. Those that serve go on. */
  startNoMore(): void {
    this.#scaling.stop();
    this.#failures.stop();
    this.workers.close();
  }

  /** End all workers; see WorkerSet.stop. Their ends are not judged any more. */
  async stop(timeMs: number): Promise<void> {
    this.#stopping = true;
    this.startNoMore();
    this.replacement.stop();
    await this.workers.stop(timeMs);
  }

  reconcile(): void {
    this.workers.reconcile();
  }

  failStart(error: QuintetError): boolean {
    if (!this.startup.fail(error)) return false;
    this.startNoMore();
    return true;
  }

  summary(): string {
    return `${this.workers.serving.length} of ${this.workers.wanted} workers serve`;
  }

  loaded(worker: WorkerProcess, facts: WorkerFacts): void {
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
    if (failure && this.#warmup.stops && this.failStart(failure)) return;
    this.#serve(worker, facts);
  }

  #serve(worker: WorkerProcess, facts: WorkerFacts): void {
    worker.serve();
    this.replacement.serves(worker);
    if (facts.greenlets !== undefined) this.#useOneThread(facts.greenlets);
    this.dispatcher.add(worker.link);
    const tookMs = Math.round(worker.loadedAt - worker.startedAt);
    this.#log.debug({ worker: worker.pid }, `worker ready after ${tookMs} ms`);
    this.reconcile();
    this.startup.serving(this.workers.serving.length, facts);
  }

  #useOneThread(library: string): void {
    if (this.threads === 1) return;
    this.#log.warn(
      `threads: ${this.threads} has no effect: ${library} has replaced threads by greenlets, ` +
        "so each worker runs one request at a time",
    );
    this.threads = 1;
  }

  drained(worker: WorkerProcess): void {
    this.workers.leave(worker);
  }

  answeredEnough(worker: WorkerProcess): void {
    this.replacement.answeredEnough(worker);
  }

  hung(worker: WorkerProcess, task: Task | null, timeoutMs: number): void {
    this.replacement.hangs(worker, task, timeoutMs);
  }

  outOfNumbers(worker: WorkerProcess): void {
    this.replacement.outOfNumbers(worker);
  }

  innerCall(target: string, call: InnerCallTask): void {
    this.#onInnerCall(target, call);
  }

  ended(worker: WorkerProcess, end: ProcessEnd): void {
    const { link, pid } = worker;
    this.replacement.ended(worker);
    const unused = link.page.noted() <= link.warmedBy;
    const unbegun = link.lost(`worker ${pid} ended: ${describeEnd(end)}`);
    this.dispatcher.remove(link, unbegun);
    if (!this.#stopping) this.#judgeEnd(worker, end, unused);
    this.workers.remove(worker, end.code === 0);
  }

  /** @param unused the worker was given no request of a client */
  #judgeEnd(worker: WorkerProcess, end: ProcessEnd, unused: boolean): void {
    const { wanted } = this.workers;
    const ageMs = performance.now() - worker.loadedAt;
    switch (worker.life.endedWhile) {
      case "expected":
        return;
      case "booting":
        return this.#failures.notStarted(end, worker.pid);
      case "warming": {
        const error = this.#warmup.ended(worker, end);
        if (error === null) this.#failures.died(worker.pid, end, ageMs, true, wanted);
        else if (this.#warmup.stops) this.failStart(error);
        return;
      }
      case "serving":
        return this.#failures.died(worker.pid, end, ageMs, unused, wanted);
      case "retiring":
        return this.#failures.diedRetiring(worker.pid, end);
    }
  }
}
