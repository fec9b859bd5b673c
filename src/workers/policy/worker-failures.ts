import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { describeEnd, type ProcessEnd } from "../process/process-end.ts";
import { Backoff } from "./backoff.ts";
import { startError } from "./start-error.ts";

/** A process that ends sooner than this, and has run no request, counts as a failed start. */
export const YOUNG_AGE_MS = 10_000;
/** This many crashes in a row, or as many as there are workers, may be chance. One more is a crash loop. */
export const FREE_CRASHES = 3;

/** The pool whose workers fail. */
export interface FailingPool {
  /** Start the missing workers, after a pause. */
  reconcile(): void;
  /**
   * Make the start of the pool fail.
   *
   * @returns false if the pool has started already; then the failure is only logged
   */
  failStart(error: QuintetError): boolean;
  /** "3 of 4 workers serve". */
  summary(): string;
}

/** Logs each failure of a worker, and decides when another is started. The pauses grow with each failure. */
export class WorkerFailures {
  readonly #command: string[];
  readonly #log: Log;
  readonly #pool: FailingPool;
  readonly #starts: Backoff;
  readonly #crashes: Backoff;

  /** @param command that starts a worker, for error messages */
  constructor(command: string[], log: Log, pool: FailingPool) {
    this.#command = command;
    this.#log = log;
    this.#pool = pool;
    this.#starts = new Backoff(() => pool.reconcile());
    this.#crashes = new Backoff(() => pool.reconcile());
  }

  /** No worker may be started now. */
  get paused(): boolean {
    return this.#starts.waits || this.#crashes.waits;
  }

  /** A worker has loaded the application. */
  loaded(): void {
    this.#starts.succeeded();
  }

  /** A process has ended before it loaded the application. */
  notStarted(end: ProcessEnd, pid: number): void {
    const error = startError(end, this.#command);
    if (this.#pool.failStart(error)) return;
    const fields = { worker: pid, code: error.code, detail: error.detail || undefined };
    const next = this.#nextTry(this.#starts.failed());
    this.#log.error(fields, `worker did not start: ${error.message} ${next}`);
  }

  /**
   * A worker has died while it served.
   *
   * @param ageMs time since it loaded the application
   * @param unused it was given no request, so no request can have killed it
   * @param wanted how many workers there should be
   */
  died(pid: number, end: ProcessEnd, ageMs: number, unused: boolean, wanted: number): void {
    const what = `worker died (${describeEnd(end)})`;
    const isYoung = unused && ageMs < YOUNG_AGE_MS;
    if (!isYoung) this.#crashes.succeeded();
    const pauseMs = isYoung ? this.#crashes.failed(Math.max(FREE_CRASHES, wanted)) : 0;
    if (pauseMs > 0) {
      this.crashLoop(`${what} right after its start, like others before it`, pid, pauseMs);
    } else this.#log.error({ worker: pid }, this.paused ? what : `${what}, starting another`);
  }

  /** A worker has died while finishing its last requests. Its successor already serves. */
  diedRetiring(pid: number, end: ProcessEnd): void {
    this.#log.error({ worker: pid }, `worker died (${describeEnd(end)})`);
  }

  /** Log that processes end again and again right after their start. */
  crashLoop(what: string, pid: number, pauseMs: number): void {
    const error = new QuintetError("QUINTET_CRASH_LOOP", `crash loop: ${what}`);
    if (this.#pool.failStart(error)) return;
    const fields = { worker: pid, code: error.code };
    this.#log.error(fields, `${error.message}. ${this.#nextTry(pauseMs)}`);
  }

  /** Start nothing more. */
  stop(): void {
    this.#starts.stop();
    this.#crashes.stop();
  }

  #nextTry(pauseMs: number): string {
    return `Next try in ${Math.ceil(pauseMs / 10) / 100} s; ${this.#pool.summary()}.`;
  }
}
