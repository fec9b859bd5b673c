import { QuintetError } from "./errors.ts";
import { Spool } from "./front/body.ts";
import { Front } from "./front/front.ts";
import { Gateway } from "./front/gateway.ts";
import type { StaticMount } from "./front/static.ts";
import { createLog, type Log } from "./log.ts";
import { spoolLimits } from "./pool-options.ts";
import type { Settings } from "./settings.ts";
import { type ReadyPool, type Served, ServerPools } from "./server-pools.ts";

/** Front, dispatcher and workers, from start to stop. */
export class Server {
  readonly #settings: Settings;
  readonly #served: Served;
  readonly #log: Log;
  readonly #pools: ServerPools;
  readonly #front: Front;
  readonly #gateway: Gateway;
  #stopping: Promise<void> | null = null;

  /** @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_SETTING */
  constructor(settings: Settings, served: Served) {
    this.#settings = settings;
    this.#served = served;
    this.#log = createLog(settings.logLevel, settings.logFormat, 1);
    this.#pools = new ServerPools(settings, served, this.#log);
    const spool = new Spool(spoolLimits(settings));
    this.#gateway = new Gateway({
      dispatcher: this.#pools.main.dispatcher,
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
    const started = this.#pools.start();
    let where: string[];
    try {
      where = await this.#front.listen();
    } catch (error) {
      started.catch(() => {});
      await this.#pools.stop();
      throw error;
    }
    try {
      const ready = await started;
      const mounts = this.#settings.static ? ready.flatMap(({ facts }) => facts.static ?? []) : [];
      this.#gateway.open(mounts);
      this.#announce(where, ready, mounts, performance.now() - began);
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
      `${why}: finishing ${this.#pools.main.dispatcher.running} running requests, then stopping`,
    );
    this.#stopping = this.#stop();
  }

  /** Resolves when nothing waits, nothing runs, and every answer has gone out. */
  async #quiet(): Promise<void> {
    const { dispatcher } = this.#pools.main;
    do {
      await dispatcher.idle();
      await this.#front.flushed();
    } while (dispatcher.waiting > 0 || dispatcher.running > 0);
  }

  async #stop(): Promise<void> {
    const { dispatcher } = this.#pools.main;
    this.#front.drain();
    const grace = new Promise((resolve) => {
      setTimeout(resolve, this.#settings.gracefulTimeout * 1000).unref();
    });
    await Promise.race([this.#quiet(), grace]);
    const error = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    dispatcher.close(error, true);
    await this.#pools.stop();
    this.#front.close();
    this.#log.info("stopped");
    this.#log.flush();
  }

  #announce(
    where: string[],
    ready: ReadyPool[],
    mounts: StaticMount[],
    milliseconds: number,
  ): void {
    const log = this.#log;
    const { served } = this.#served;
    for (const [index, { facts, because, workers, threads }] of ready.entries()) {
      const django = facts.django ? `Django ${facts.django}, ` : "";
      const runtime = facts.runtime === "Node" ? "" : `${facts.runtime} ${facts.version}, `;
      log.info(
        `${index === 0 ? served : "behind it"}: ${django}${runtime}Node ${process.versions.node}`,
      );
      if (because) log.info(`${facts.python} (${because})`);
      const what = `${count(workers, "worker")} of ${count(threads, "thread")}`;
      log.info(`${what}, imported in ${facts.importMs} ms`);
    }
    for (const mount of mounts) log.info(`${mount.url} from ${mount.root}`);
    const took = (milliseconds / 1000).toFixed(2);
    log.info(`listening on ${where.join(" and ")} (ready after ${took} s)`);
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
