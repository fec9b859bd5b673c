import type { Served } from "../../config/served.ts";
import type { ApplicationOptions } from "../../config/application-options.ts";
import type { InnerCallTask } from "../../dispatch/link/inner-call-task.ts";
import type { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { poolOptions } from "../../workers/pool-options.ts";
import type { Settings } from "../../config/settings.ts";
import { checkSettings } from "../../config/settings/read-settings.ts";
import { Pool } from "../../workers/pool.ts";
import type { PoolStatus } from "../../workers/pool-status.ts";
import { nodeCommand } from "../../shared/run-module.ts";
import { findInterpreter, type Interpreter } from "../../config/interpreter.ts";
import { logCutOff } from "./announce.ts";
import type { WorkerFacts } from "../../wire/json-messages.ts";
import { rangeOf, type WorkerRange } from "../../config/values/worker-range.ts";

/** A pool with a ready worker. */
export interface ReadyPool {
  facts: WorkerFacts;
  workers: WorkerRange;
  threads: number;
  /** Why this interpreter was chosen; empty for Node. */
  because: string;
}

/**
 * The worker pools of a server. A Python application has one pool of Python processes. A TypeScript application has a pool of Node
 * processes, and behind it a pool of Python processes for each Python application that it calls.
 */
export class ServerPools {
  readonly main: Pool;
  readonly #settings: Settings;
  readonly #served: Served;
  readonly #log: Log;
  readonly #because: Map<Pool, string> = new Map();
  readonly #inner: Map<string, Pool> = new Map();
  /** Resolves when the Python applications behind a TypeScript one have been started. */
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
    this.main = new Pool({
      ...poolOptions(settings, served, node(), log),
      inner: {
        started: () => this.#behindReady,
        call: (target, call) => this.#innerCall(target, call),
      },
    });
    this.#because.set(this.main, "");
  }

  /**
   * Start all pools; resolves when each one has a ready worker.
   *
   * @param before the pools that these replace. If given, these start as many workers as those have, and all must be ready
   * @throws {QuintetError} why an application cannot be loaded; nothing is left running then
   */
  async start(before: ServerPools | null = null): Promise<ReadyPool[]> {
    const start = async (pool: Pool): Promise<ReadyPool> => {
      const facts = await pool.start(before !== null, before?.counterpartOf(pool)?.wanted);
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
   * Hand over to the next generation. Requests that have not begun go there; the others finish here.
   *
   * @param grace milliseconds after which those are cut off
   * @returns a promise that resolves when these pools have ended
   */
  async retire(next: ServerPools, grace: number): Promise<void> {
    this.main.retire(next.main.dispatcher);
    const until = performance.now() + grace;
    const { promise: passed, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, grace);
    await Promise.race([this.main.dispatcher.idle(), passed]);
    clearTimeout(timer);
    logCutOff(this.#log, this.main.dispatcher.running, grace);
    await this.stop(until - performance.now());
  }

  /** Set the number of the application's workers until the next reload; see Pool. */
  scale(workers: number, why: string): void {
    this.main.scale(workers, why);
  }

  /** Start workers again if the application was scaled to 0. */
  bringBack(why: string): void {
    if (this.wanted === 0) this.scale(rangeOf(this.#settings.workers).min, why);
  }

  /** The number of workers that the application should have now. */
  get wanted(): number {
    return this.main.wanted;
  }

  /** The status of all pools. */
  status(): PoolStatus[] {
    return [this.main, ...this.#inner.values()].map((pool) => pool.status());
  }

  /** @param time milliseconds for the work after a response, such as close() */
  async stop(time = 0): Promise<void> {
    const until = performance.now() + time;
    await this.main.stop(time);
    const left = until - performance.now();
    await Promise.all([...this.#inner.values()].map((pool) => pool.stop(left)));
  }

  /** The pool here that runs the same application. */
  counterpartOf(pool: Pool): Pool | undefined {
    return (
      this.#inner.get(pool.target) ?? (this.main.target === pool.target ? this.main : undefined)
    );
  }

  #innerCall(target: string, call: InnerCallTask): void {
    let pool = this.#inner.get(target);
    if (!pool) {
      // The target was not known when the file was loaded, because code that runs in a request asks for it.
      try {
        pool = this.#behind(target, {});
      } catch (error) {
        // Its Python interpreter no longer exists.
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

  /** The setting `threads` is for the Node workers. A Python application behind them has one thread unless its options say more. */
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
    // The TypeScript application decides which paths reach the ones behind it.
    const behind = served.inner !== null;
    const warmup = { ...common.warmup, behind, stops: common.warmup.stops && !behind };
    const pool = new Pool({ ...common, warmup });
    this.#because.set(pool, interpreter.because);
    return pool;
  }
}

/** This Node, as the interpreter of TypeScript applications. */
function node(): Interpreter {
  return { runtime: "node", command: nodeCommand("node-worker/main"), because: "" };
}
