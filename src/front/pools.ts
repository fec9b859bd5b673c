import type { Served } from "../config/served.ts";
import type { ApplicationOptions } from "../config/application-options.ts";
import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";
import type { QuintetError } from "../shared/errors.ts";
import type { Log } from "../shared/log.ts";
import { poolOptions } from "../workers/pool-options.ts";
import type { Settings } from "../config/settings.ts";
import { checkSettings } from "../config/settings/read-settings.ts";
import { Pool } from "../workers/pool.ts";
import type { PoolStatus } from "../workers/pool-status.ts";
import { nodeCommand } from "../shared/run-module.ts";
import { findInterpreter, type Interpreter } from "../config/interpreter.ts";
import { sayCutOff } from "./announce.ts";
import type { WorkerFacts } from "../wire/json-messages.ts";
import { rangeOf, type WorkerRange } from "../config/values/worker-range.ts";

/** One kind of worker that is ready. */
export interface ReadyPool {
  facts: WorkerFacts;
  workers: WorkerRange;
  threads: number;
  /** Why this interpreter; empty for Node. */
  because: string;
}

/**
 * The workers of a server. For a Python application they are Python processes; for one written in TypeScript they are
 * Node processes, and behind them Python ones for each Python application that it calls.
 */
export class ServerPools {
  readonly main: Pool;
  readonly #settings: Settings;
  readonly #served: Served;
  readonly #log: Log;
  readonly #because: Map<Pool, string> = new Map();
  readonly #inner: Map<string, Pool> = new Map();
  /** Resolves when the applications behind a TypeScript one have been started. */
  #behindReady: Promise<unknown> = Promise.resolve();

  /** @throws {QuintetError} QUINTET_NO_PYTHON */
  constructor(settings: Settings, served: Served, log: Log) {
    this.#settings = settings;
    this.#served = served;
    this.#log = log;
    if (served.inner === null) {
      this.main = this.#python(served.target, { project: served.project }, settings);
      return;
    }
    for (const { target, options } of served.inner) {
      if (!this.#inner.has(target)) this.#inner.set(target, this.#behind(target, options));
    }
    const options = poolOptions(settings, served, node(), log);
    this.main = new Pool({
      ...options,
      // What it asks goes on to the applications behind it.
      warmup: { ...options.warmup, after: () => this.#behindReady },
      onInnerCall: (target, call) => this.#innerCall(target, call),
    });
    this.#because.set(this.main, "");
  }

  /**
   * Start them all; resolves when each kind has a worker that is ready.
   *
   * @param before those that they are to take over from: then as many as those are, and it resolves when all are ready
   * @throws {QuintetError} why an application cannot be loaded; nothing is left running then
   */
  async start(before: ServerPools | null = null): Promise<ReadyPool[]> {
    const start = async (pool: Pool): Promise<ReadyPool> => {
      const facts = await pool.start(before !== null, before?.like(pool)?.wanted);
      const { workers, threads } = pool.size;
      return { facts, workers, threads, because: this.#because.get(pool) ?? "" };
    };
    try {
      const behind = Promise.all(Array.from(this.#inner.values(), start));
      this.#behindReady = behind.catch(() => {});
      const [main, inner] = await Promise.all([start(this.main), behind]);
      return [main, ...inner];
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /**
   * The next generation takes over: what has not begun goes there, what has is finished here.
   *
   * @param grace milliseconds that it is given
   * @returns a promise that resolves when all is over
   */
  async retire(next: ServerPools, grace: number): Promise<void> {
    this.main.retire(next.main.dispatcher);
    const until = performance.now() + grace;
    const { promise: passed, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, grace);
    await Promise.race([this.main.dispatcher.idle(), passed]);
    clearTimeout(timer);
    sayCutOff(this.#log, this.main.dispatcher.running, grace);
    await this.stop(until - performance.now());
  }

  /** Have so many workers of the application, until the settings are read anew; see Pool. */
  scale(workers: number, why: string): void {
    this.main.scale(workers, why);
  }

  /** Have workers of the application again, if they have been sent away. */
  bringBack(why: string): void {
    if (this.wanted === 0) this.scale(rangeOf(this.#settings.workers).min, why);
  }

  /** How many workers of the application there should be now. */
  get wanted(): number {
    return this.main.wanted;
  }

  /** What all its workers do. */
  status(): PoolStatus[] {
    return [this.main, ...this.#inner.values()].map((pool) => pool.status());
  }

  /** @param time milliseconds for what follows a response, such as close() */
  async stop(time = 0): Promise<void> {
    const until = performance.now() + time;
    await this.main.stop(time);
    const left = until - performance.now();
    await Promise.all([...this.#inner.values()].map((pool) => pool.stop(left)));
  }

  /** The pool here that runs what that one runs. */
  like(pool: Pool): Pool | undefined {
    return (
      this.#inner.get(pool.target) ?? (this.main.target === pool.target ? this.main : undefined)
    );
  }

  #innerCall(target: string, call: InnerCallTask): void {
    let pool = this.#inner.get(target);
    if (!pool) {
      // Asked for by code that only runs with a request: it was not known when the file was loaded.
      try {
        pool = this.#behind(target, {});
      } catch (error) {
        // There is no Python for it any more.
        return call.onFail(503, error as QuintetError);
      }
      this.#inner.set(target, pool);
      pool.start().catch((error: QuintetError) => {
        this.#log.error({ code: error.code, detail: error.detail || undefined }, error.message);
        this.#inner.delete(target);
      });
    }
    pool.dispatcher.submit(call);
  }

  /** `threads` speaks of the Node workers; a Python application behind them says itself if it is to have more than one. */
  #behind(target: string, options: ApplicationOptions): Pool {
    const { workers = this.#settings.workers, threads = 1 } = options;
    const own = checkSettings({ workers, threads }, `options of ${target}`);
    const settings = { ...this.#settings, ...own };
    return this.#python(target, options, settings);
  }

  #python(target: string, options: ApplicationOptions, settings: Settings): Pool {
    const served = this.#served;
    const folder = options.project ?? served.project;
    const { python } = settings;
    const { env, cwd, origin } = served;
    const interpreter = findInterpreter(python, [folder, cwd], env, origin);
    const what = { target, project: folder, env, cwd };
    const common = poolOptions(settings, what, interpreter, this.#log);
    // Which of the paths come to an application behind another one is for that one to say.
    const behind = served.inner !== null;
    const warmup = { ...common.warmup, behind, stops: common.warmup.stops && !behind };
    const pool = new Pool({ ...common, warmup });
    this.#because.set(pool, interpreter.because);
    return pool;
  }
}

/** The Node that runs this, as an interpreter for applications written in TypeScript. */
function node(): Interpreter {
  return { runtime: "node", command: nodeCommand("node-worker/main"), because: "" };
}
