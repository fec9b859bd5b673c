import type { Log } from "../../shared/log.ts";
import type { Imported } from "../../wire/json-messages.ts";
import { Backoff } from "../policy/backoff.ts";
import { FREE_CRASHES, type WorkerFailures, YOUNG_AGE_MS } from "../policy/worker-failures.ts";
import { describeExitFunctions, describeSharedState } from "./preload-warnings.ts";
import { describeEnd, neverStarted, type ProcessEnd } from "./process-end.ts";
import type { RuntimeDirectory } from "./runtime-directory.ts";
import { spawnWorker, type StartWorker, type WorkerOptions } from "./start-worker.ts";
import type { ProcessListener } from "./supervised-process.ts";
import { Zygote } from "./zygote.ts";

/**
 * Chooses how each worker is started: forked from a zygote, or, without preload, as a new process. If a zygote dies, another
 * starts at once, so that the next worker need not wait. If zygotes keep dying, the pauses between them grow.
 */
export class WorkerSpawner implements ProcessListener<Zygote, Imported> {
  readonly #options: WorkerOptions;
  readonly #directory: RuntimeDirectory;
  readonly #failures: WorkerFailures;
  readonly #log: Log;
  readonly #spawn: StartWorker;
  /** Workers that wait for the zygote. */
  readonly #waiting: ((start: StartWorker) => void)[] = [];
  readonly #crashes = new Backoff(() => this.prepare());
  #preload: boolean;
  #zygote: Zygote | null = null;
  #zygotes = 0;
  #stopping = false;
  #whenClosed: (() => void) | null = null;

  constructor(
    options: WorkerOptions,
    directory: RuntimeDirectory,
    failures: WorkerFailures,
    log: Log,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.#failures = failures;
    this.#log = log;
    this.#spawn = spawnWorker(options);
    this.#preload = options.preload !== false && options.runtime === "python";
  }

  /** The zygote that has this token. */
  find(token: unknown): Zygote | undefined {
    return this.#zygote?.token === token ? (this.#zygote ?? undefined) : undefined;
  }

  /** Request one more worker. `start` is called as soon as the worker can be started, perhaps before this returns. */
  next(start: (how: StartWorker) => void): void {
    if (!this.#preload) return start(this.#spawn);
    if (this.#zygote?.ready && !this.#zygote.exited) return start(this.#zygote.fork);
    this.#waiting.push(start);
    this.prepare();
  }

  /** Start a zygote if preload is on and none runs. */
  prepare(): void {
    if (!this.#preload || this.#zygote || this.#stopping || this.#crashes.waits) return;
    this.#zygotes += 1;
    try {
      this.#directory.restore();
      this.#zygote = new Zygote(this.#options, this.#directory, this.#zygotes, this.#log, this);
    } catch (error) {
      // There is no space for its files, or no free descriptor. Running workers are not affected.
      this.#failures.notStarted(neverStarted(error as Error), 0);
    }
  }

  /** Start no more workers. A zygote that is still importing is killed. */
  stop(): void {
    this.#stopping = true;
    this.#crashes.stop();
    this.#waiting.length = 0;
    if (this.#zygote && !this.#zygote.ready) this.#zygote.kill();
  }

  /** End the zygote. Call this after all workers have ended. Resolves when the zygote has ended. */
  async close(): Promise<void> {
    const zygote = this.#zygote;
    if (zygote === null) return;
    await new Promise<void>((resolve) => {
      this.#whenClosed = resolve;
      zygote.end();
    });
  }

  kill(): void {
    this.#zygote?.kill();
  }

  loaded(zygote: Zygote, imported: Imported): void {
    const tookMs = Math.round(performance.now() - zygote.startedAt);
    this.#log.debug({ worker: zygote.pid }, `application imported after ${tookMs} ms`);
    const waiting = this.#waiting.splice(0);
    const shared = describeSharedState(imported);
    const always = this.#options.preload === true;
    if (shared !== null) this.#log.info(always ? `preload: true: ${shared.kept}` : shared.off);
    if (shared === null || always) {
      const onExit = describeExitFunctions(imported);
      if (onExit !== null) this.#log.info(onExit);
      return waiting.forEach((start) => start(zygote.fork));
    }
    this.#preload = false;
    // The zygote becomes the first worker, so that its import is not lost.
    const first = waiting.shift();
    if (first) first(zygote.become);
    else zygote.end();
    for (const start of waiting) start(this.#spawn);
  }

  ended(zygote: Zygote, end: ProcessEnd): void {
    this.#zygote = null;
    if (this.#stopping) return this.#whenClosed?.();
    if (!this.#preload) return;
    if (!zygote.ready) return this.#failures.notStarted(end, zygote.pid);
    const what = `the process that workers are forked from died (${describeEnd(end)})`;
    const isYoung = performance.now() - zygote.loadedAt < YOUNG_AGE_MS;
    const pauseMs = isYoung ? this.#crashes.failed(FREE_CRASHES) : 0;
    if (pauseMs > 0) {
      return this.#failures.crashLoop(`${what} right after its import`, zygote.pid, pauseMs);
    }
    this.#log.error({ worker: zygote.pid }, `${what}, starting another`);
    this.prepare();
  }
}
