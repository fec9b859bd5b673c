import { QuintetError } from "./errors.ts";
import { Spool } from "./front/body.ts";
import { Front } from "./front/front.ts";
import { Gateway } from "./front/gateway.ts";
import { createLog, type Log } from "./log.ts";
import { poolOptions, spoolLimits, type WhatRuns } from "./pool-options.ts";
import type { Settings } from "./settings.ts";
import { Pool } from "./supervisor/pool.ts";
import { findInterpreter, type Interpreter } from "./worker/interpreter.ts";
import type { WorkerFacts } from "./worker/link.ts";

/** What is served. */
export interface Served extends WhatRuns {
  /** How a person calls it. */
  served: string;
  /** Where the command was given; a relative path to Python starts there. */
  origin: string;
}

/** Front, dispatcher and workers, from start to stop. */
export class Server {
  readonly #settings: Settings;
  readonly #served: Served;
  readonly #log: Log;
  readonly #interpreter: Interpreter;
  readonly #pool: Pool;
  readonly #front: Front;
  readonly #gateway: Gateway;
  #stopping: Promise<void> | null = null;

  /** @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_SETTING */
  constructor(settings: Settings, served: Served) {
    this.#settings = settings;
    this.#served = served;
    this.#interpreter = findInterpreter(
      settings.python,
      [served.project, process.cwd()],
      served.env,
      served.origin,
    );
    this.#log = createLog(settings.logLevel, settings.logFormat, 1);
    this.#pool = new Pool(poolOptions(settings, served, this.#interpreter, this.#log));
    const spool = new Spool(spoolLimits(settings));
    this.#gateway = new Gateway({
      dispatcher: this.#pool.dispatcher,
      spool,
      log: this.#log,
      accessLog: settings.accessLog,
    });
    const { bind, backlog, keepAlive } = settings;
    this.#front = new Front({ bind, backlog, keepAlive: keepAlive * 1000 }, this.#gateway);
  }

  /**
   * Listen and start the workers; returns when both are there. What comes before the first worker is ready waits.
   *
   * @throws {QuintetError} why the application cannot be served; nothing is left running then
   */
  async run(): Promise<void> {
    const began = performance.now();
    const started = this.#pool.start();
    let where: string[];
    try {
      where = await this.#front.listen();
    } catch (error) {
      started.catch(() => {});
      await this.#pool.stop();
      throw error;
    }
    try {
      const facts = await started;
      this.#gateway.open(this.#settings.static ? (facts.static ?? []) : []);
      this.#announce(where, facts, performance.now() - began);
    } catch (error) {
      this.#front.close();
      if (this.#stopping === null) throw error;
    }
  }

  /** Let running requests finish and stop; the second time, stop at once. */
  stop(why: string): void {
    if (this.#stopping) {
      this.#log.warn(`${why} again: stopping at once`);
      this.#log.flush();
      process.exit(1);
    }
    this.#log.info(
      `${why}: finishing ${this.#pool.dispatcher.running} running requests, then stopping`,
    );
    this.#stopping = this.#stop();
  }

  async #stop(): Promise<void> {
    const { dispatcher } = this.#pool;
    this.#front.drain();
    const grace = new Promise((resolve) => {
      setTimeout(resolve, this.#settings.gracefulTimeout * 1000).unref();
    });
    await Promise.race([dispatcher.idle(), grace]);
    const error = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    dispatcher.close(error, true);
    await this.#pool.stop();
    this.#front.close();
    this.#log.info("stopped");
    this.#log.flush();
  }

  #announce(where: string[], facts: WorkerFacts, milliseconds: number): void {
    const { workers, threads } = this.#settings;
    const log = this.#log;
    const django = facts.django ? `Django ${facts.django}, ` : "";
    log.info(
      `${this.#served.served}: ${django}Python ${facts.version}, Node ${process.versions.node}`,
    );
    log.info(`${facts.python} (${this.#interpreter.because})`);
    log.info(
      `${count(workers, "worker")} of ${count(threads, "thread")}, imported in ${facts.importMs} ms`,
    );
    if (this.#settings.static) {
      for (const mount of facts.static ?? []) log.info(`${mount.url} from ${mount.root}`);
    }
    const took = (milliseconds / 1000).toFixed(2);
    log.info(`listening on ${where.join(" and ")} (ready after ${took} s)`);
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
