import type { Task } from "../../dispatch/task.ts";
import type { Log } from "../../shared/log.ts";
import { HungWorkers } from "../life/hung-worker.ts";
import { megabytes, residentBytes } from "../process/memory.ts";
import type { WorkerProcess } from "../worker-process.ts";
import type { WorkerSet } from "../worker-set.ts";
import { Lifetime, type LifetimeLimits, limitsMemory, needsChecks } from "./lifetime-limits.ts";

const CHECK_INTERVAL_MS = 500;

/**
 * Decides which workers are replaced, and why. WorkerSet carries it out. There are three ways:
 *
 * - recycle: the worker serves until its successor is ready. worker-plan.ts decides when its turn comes.
 * - retire, or hang: the worker gets no new requests, and its successor starts at once.
 * - fail: the worker is killed, and its successor starts when it has ended.
 */
export class Replacement {
  readonly #limits: LifetimeLimits;
  readonly #workers: WorkerSet;
  readonly #hung: HungWorkers;
  readonly #log: Log;
  readonly #lifetimes: Map<WorkerProcess, Lifetime> = new Map();
  readonly #timer: NodeJS.Timeout | null;
  #hasWarned = false;

  /** @param timeoutGraceMs how long after a timeout a hung worker is killed */
  constructor(limits: LifetimeLimits, timeoutGraceMs: number, workers: WorkerSet, log: Log) {
    this.#limits = limits;
    this.#workers = workers;
    this.#hung = new HungWorkers(timeoutGraceMs, log);
    this.#log = log;
    const checks = needsChecks(limits);
    this.#timer = checks ? setInterval(() => this.#check(), CHECK_INTERVAL_MS).unref() : null;
  }

  /** A worker begins to serve. From now on its limits apply. */
  serves(worker: WorkerProcess): void {
    const bytes = limitsMemory(this.#limits) ? residentBytes(worker.pid) : 0;
    const lifetime = new Lifetime(this.#limits, performance.now(), bytes ?? 0, Math.random);
    worker.link.maxAnswers = lifetime.maxAnswers;
    this.#lifetimes.set(worker, lifetime);
    if (bytes === null) {
      this.#warnOnce("this system does not report the memory of a worker, so it is not limited");
    } else if (lifetime.startedAboveMaxMemory) {
      const limit = `maxMemory (${megabytes(this.#limits.maxMemory)})`;
      this.#warnOnce(
        `workers use ${megabytes(bytes)} before their first request, more than ${limit}, so maxMemory is ignored`,
      );
    }
  }

  /** A worker has answered maxRequests. */
  answeredEnough(worker: WorkerProcess): void {
    this.#workers.recycle(worker, `it has answered ${worker.link.answered} requests`);
  }

  /** From now on there may be several workers. Workers that were started as the only one are replaced. */
  becomeMultiprocess(): void {
    for (const worker of this.#workers.becomeMultiprocess()) {
      this.#workers.recycle(worker, "it is no longer the only one");
    }
  }

  /** A worker has been sent every request number that the protocol has. */
  outOfNumbers(worker: WorkerProcess): void {
    this.#workers.retire(worker, "it has no more request numbers");
  }

  /**
   * A worker hangs. Its client has been answered already.
   *
   * @param task the request; null if it hangs after a response, for example in `close()`
   * @param timeoutMs the limit that was exceeded
   */
  hangs(worker: WorkerProcess, task: Task | null, timeoutMs: number): void {
    this.#workers.hang(worker);
    if (worker.life.state === "hung") this.#hung.add(worker, task, timeoutMs);
  }

  /** A worker has ended. */
  ended(worker: WorkerProcess): void {
    this.#lifetimes.delete(worker);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  #check(): void {
    const now = performance.now();
    const withMemory = limitsMemory(this.#limits);
    for (const [worker, lifetime] of this.#lifetimes) {
      const { busy, answered } = worker.link;
      const bytes = withMemory ? (residentBytes(worker.pid) ?? 0) : 0;
      const verdict = lifetime.judge({ now, bytes, busy, answered });
      if (verdict?.action === "recycle") this.#workers.recycle(worker, verdict.why);
      else if (verdict?.action === "kill") this.#kill(worker, verdict.why);
    }
  }

  #kill(worker: WorkerProcess, why: string): void {
    const { link, pid } = worker;
    const begun = link.outstanding.filter((task) => link.hasBegun(task));
    const running = begun.map((task) => task.describe()).join(", ");
    const where = running ? ` while it runs ${running}` : "";
    this.#log.error({ worker: pid, request: begun[0]?.requestId }, `${why}: killed${where}`);
    this.#lifetimes.delete(worker);
    worker.fail(why);
  }

  #warnOnce(message: string): void {
    if (!this.#hasWarned) this.#log.warn(message);
    this.#hasWarned = true;
  }
}
