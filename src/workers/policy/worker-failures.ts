import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";
import { describeEnd, type ProcessEnd } from "../process/process-output.ts";
import { Backoff } from "./backoff.ts";
import { startError } from "./start-error.ts";

/** A process that ends within so many milliseconds, before it was of any use, has not been worth its start. */
export const YOUNG = 10_000;
/** So many of those in a row, or as many as there are workers, may be chance; one more is a crash loop. */
export const CHANCE = 3;

export interface FailureEvents {
  /** The pause is over. */
  again(): void;
  /** @returns whether somebody waits for the start: then that fails, and nothing is tried again */
  givenUp(error: QuintetError): boolean;
  /** "3 of 4 workers serve": how bad it is. */
  outlook(): string;
}

/** Workers that do not start, or end right after it: says so, and sees to growing pauses before the next try. */
export class WorkerFailures {
  readonly #command: string[];
  readonly #log: Log;
  readonly #events: FailureEvents;
  readonly #boots: Backoff;
  readonly #crashes: Backoff;

  /** @param command that starts a worker */
  constructor(command: string[], log: Log, events: FailureEvents) {
    this.#command = command;
    this.#log = log;
    this.#events = events;
    this.#boots = new Backoff(events.again);
    this.#crashes = new Backoff(events.again);
  }

  /** No worker is to be started now. */
  get paused(): boolean {
    return this.#boots.waits || this.#crashes.waits;
  }

  /** A worker has started. */
  succeeded(): void {
    this.#boots.succeeded();
  }

  /** A process has ended before the application was loaded. */
  notStarted(end: ProcessEnd, pid: number): void {
    const error = startError(end, this.#command);
    if (this.#events.givenUp(error)) return;
    const fields = { worker: pid, code: error.code, detail: error.detail || undefined };
    const next = this.#next(this.#boots.failed());
    this.#log.error(fields, `worker did not start: ${error.message} ${next}`);
  }

  /**
   * A worker has died.
   *
   * @param unused before it was given a request, so that none has killed it
   * @param wanted how many workers there should be
   */
  died(worker: WorkerProcess, end: ProcessEnd, unused: boolean, wanted: number): void {
    const what = `worker died (${describeEnd(end)})`;
    const young = unused && performance.now() - worker.readyAt < YOUNG;
    if (!young) this.#crashes.succeeded();
    const pause = young ? this.#crashes.failed(Math.max(CHANCE, wanted)) : 0;
    if (pause > 0)
      this.loop(`${what} right after its start, as others before it`, worker.pid, pause);
    else this.#log.error({ worker: worker.pid }, this.paused ? what : `${what}, starting another`);
  }

  /** What was started ends again and again. */
  loop(what: string, pid: number, pause: number): void {
    const error = new QuintetError("QUINTET_CRASH_LOOP", `crash loop: ${what}`);
    if (this.#events.givenUp(error)) return;
    const fields = { worker: pid, code: error.code };
    this.#log.error(fields, `${error.message}. ${this.#next(pause)}`);
  }

  stop(): void {
    this.#boots.stop();
    this.#crashes.stop();
  }

  #next(pause: number): string {
    return `Next try in ${Math.ceil(pause / 10) / 100} s; ${this.#events.outlook()}.`;
  }
}
