import type { Deployment } from "./cli/deployment.ts";
import { ControlServer } from "./control/server.ts";
import { PathValues } from "./by-path.ts";
import { QuintetError } from "./errors.ts";
import { Spool } from "./front/body.ts";
import { Front } from "./front/front.ts";
import { Gateway } from "./front/gateway.ts";
import { requestLimits } from "./front/request-limits.ts";
import type { StaticMount } from "./front/static.ts";
import { createLog, type Log } from "./log.ts";
import { type ReadyPool, ServerPools } from "./server-pools.ts";
import { livenessPath, requestBuffering, spoolLimits } from "./pool-options.ts";
import type { Settings } from "./settings.ts";
import type { ServerStatus } from "./status.ts";
import { onTouch } from "./touch.ts";

/** Settings that are the front's own, and that a reload leaves as they are. */
const FIXED = [
  "bind",
  "backlog",
  "keepAlive",
  "headerTimeout",
  "bodyTimeout",
  "limitRequestLine",
  "limitRequestFields",
  "limitRequestFieldSize",
  "limitRequestBody",
  "bodyMemory",
  "spoolLimit",
  "responseSpool",
  "tempDir",
  "accessLog",
  "logFormat",
  "control",
] as const;

/** Reads the deployment anew. */
type Load = (signal: AbortSignal) => Promise<Deployment>;

/** Front, dispatcher and workers, from start to stop; a reload replaces the workers under the open connections. */
export class Server {
  readonly #settings: Settings;
  readonly #load: Load;
  readonly #log: Log;
  readonly #front: Front;
  readonly #gateway: Gateway;
  readonly #control: ControlServer;
  readonly #beganAt: number = performance.now();
  /** Fires when the server is told to stop. */
  readonly #ending = new AbortController();
  #served: Deployment["served"];
  #pools: ServerPools;
  /** The one that a reload is starting. */
  #next: ServerPools | null = null;
  /** Older ones that still finish something. */
  readonly #retiring: Set<ServerPools> = new Set();
  #generation = 1;
  /** Milliseconds that running requests are given when they have to come to an end. */
  #grace: number;
  /** The reload that runs, and one that was asked for meanwhile. */
  #reload: Promise<unknown> | null = null;
  #reloadAfter: Promise<ReloadResult> | null = null;
  #where: string[] = [];
  #stopping: Promise<void> | null = null;
  #unwatch: () => void = () => {};

  /** @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_SETTING */
  constructor({ settings, served }: Deployment, load: Load) {
    this.#settings = settings;
    this.#grace = settings.gracefulTimeout * 1000;
    this.#served = served;
    this.#load = load;
    this.#log = createLog(settings.logLevel, settings.logFormat, 1);
    this.#pools = new ServerPools(settings, served, this.#log);
    const spool = new Spool(spoolLimits(settings));
    const limits = requestLimits(settings);
    this.#gateway = new Gateway({
      dispatcher: this.#pools.main.dispatcher,
      spool,
      limits,
      log: this.#log,
      accessLog: settings.accessLog,
      requestBuffering: this.#buffering(settings),
      livenessPath: livenessPath(settings),
    });
    const { bind, backlog, keepAlive } = settings;
    this.#front = new Front({ bind, backlog, keepAlive: keepAlive * 1000, limits }, this.#gateway);
    this.#control = new ControlServer(this, settings.control, this.#log);
  }

  /**
   * Listen and start the workers; returns when both are there. What comes before the first worker is ready waits.
   *
   * @throws {QuintetError} why the application cannot be served; nothing is left running then
   */
  async run(): Promise<void> {
    const started = this.#pools.start();
    try {
      this.#where = await this.#front.listen();
    } catch (error) {
      started.catch(() => {});
      await this.#pools.stop();
      throw error;
    }
    try {
      const ready = await started;
      const mounts = this.#open(this.#settings, ready);
      await this.#control.listen();
      this.#watch(this.#settings);
      this.#announce(ready, mounts);
      const took = ((performance.now() - this.#beganAt) / 1000).toFixed(2);
      this.#log.info(`listening on ${this.#where.join(" and ")} (ready after ${took} s)`);
    } catch (error) {
      this.#front.close();
      this.#control.close();
      if (this.#stopping === null) throw error;
    }
  }

  /**
   * Boot a new generation beside the old one, and move over when all its workers are ready. One that does not boot
   * changes nothing. Asked for while another is under way, it is done once after that.
   *
   * @param why as the log is to call it
   * @throws {QuintetError} why the new generation does not boot; that is in the log as well
   */
  reload(why: string): Promise<ReloadResult> {
    if (this.#reload === null) {
      const run = this.#reloadNow(why).finally(() => {
        this.#reload = null;
      });
      this.#reload = run;
      return run;
    }
    this.#reloadAfter ??= this.#reload
      .catch(() => {})
      .then(() => {
        this.#reloadAfter = null;
        return this.reload(why);
      });
    return this.#reloadAfter;
  }

  async #reloadNow(why: string): Promise<ReloadResult> {
    const began = performance.now();
    this.#log.info(`${why}: reloading`);
    let ready: ReadyPool[];
    let deployment: Deployment;
    let next: ServerPools | null = null;
    try {
      this.#ending.signal.throwIfAborted();
      deployment = await this.#load(this.#ending.signal);
      next = new ServerPools(deployment.settings, deployment.served, this.#log);
      this.#next = next;
      ready = await next.start(true);
      this.#ending.signal.throwIfAborted();
    } catch (error) {
      await next?.stop();
      this.#next = null;
      this.#log.error(reasonOf(error), `${why}: nothing was changed: ${messageOf(error)}`);
      throw error;
    }
    this.#next = null;
    const old = this.#pools;
    this.#pools = next;
    this.#served = deployment.served;
    this.#generation += 1;
    process.chdir(deployment.served.cwd);
    this.#moveOver(old, deployment.settings, ready);
    const seconds = (performance.now() - began) / 1000;
    this.#log.info(`generation ${this.#generation} serves, after ${seconds.toFixed(2)} s`);
    return { generation: this.#generation, seconds };
  }

  #moveOver(old: ServerPools, settings: Settings, ready: ReadyPool[]): void {
    for (const name of FIXED) {
      if (String(settings[name]) === String(this.#settings[name])) continue;
      this.#log.warn(`the setting ${name} has changed, which takes a restart`);
    }
    this.#log.level = settings.logLevel;
    this.#watch(settings);
    this.#announce(ready, this.#open(settings, ready));
    this.#retiring.add(old);
    this.#grace = settings.gracefulTimeout * 1000;
    void old.retire(this.#pools, this.#grace).then(() => {
      this.#retiring.delete(old);
      this.#log.debug("the generation before has ended");
    });
  }

  /** Let running requests finish and stop; the second time, stop at once. */
  stop(why: string): void {
    if (this.#stopping) {
      this.#log.warn(`${why} again: stopping at once`);
      this.kill();
    }
    const { running } = this.#pools.main.dispatcher;
    this.#log.info(`${why}: finishing ${running} running requests, then stopping`);
    this.#stopping = this.#stop();
  }

  /** Stop at once. */
  kill(): never {
    this.#control.close();
    this.#log.flush();
    process.exit(1);
  }

  status(): ServerStatus {
    return {
      pid: process.pid,
      target: this.#served.served,
      folder: this.#served.cwd,
      bind: this.#where,
      generation: this.#generation,
      state: this.#stopping ? "stopping" : this.#reload ? "reloading" : "running",
      uptime: (performance.now() - this.#beganAt) / 1000,
      connections: this.#front.connections,
      backlog: this.#settings.backlog,
      pools: this.#pools.status(),
      retiring: Array.from(this.#retiring, (pools) => pools.status()).flat(),
    };
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
    const error = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    this.#unwatch();
    this.#ending.abort(error);
    await this.#next?.stop();
    const { dispatcher } = this.#pools.main;
    this.#front.drain();
    const grace = new Promise((resolve) => {
      setTimeout(resolve, this.#grace).unref();
    });
    await Promise.race([this.#quiet(), grace]);
    dispatcher.close(error, true);
    await Promise.all([this.#pools, ...this.#retiring].map((pools) => pools.stop()));
    this.#front.close();
    this.#control.close();
    this.#log.info("stopped");
    this.#log.flush();
  }

  #watch({ touchReload }: Settings): void {
    this.#unwatch();
    this.#unwatch = onTouch(touchReload, (file) => {
      // What goes wrong is in the log.
      this.reload(`${file} has changed`).catch(() => {});
    });
  }

  #open(settings: Settings, ready: ReadyPool[]): StaticMount[] {
    if (this.#served.inner !== null && settings.requestBuffering !== true) {
      this.#log.warn("requestBuffering has no effect: the application is written in TypeScript");
    }
    if (this.#served.inner?.length === 0 && settings.hooks !== "") {
      this.#log.warn("hooks has no effect: it is for Python workers, and there are none");
    }
    const mounts = settings.static ? ready.flatMap(({ facts }) => facts.static ?? []) : [];
    this.#gateway.open(mounts, {
      dispatcher: this.#pools.main.dispatcher,
      requestBuffering: this.#buffering(settings),
      livenessPath: livenessPath(settings),
    });
    return mounts;
  }

  /** A TypeScript application reads its body synchronously, so it is there before it begins. */
  #buffering(settings: Settings): PathValues<boolean> {
    return this.#served.inner === null
      ? requestBuffering(settings)
      : new PathValues<boolean>(true, true);
  }

  #announce(ready: ReadyPool[], mounts: StaticMount[]): void {
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
  }
}

/** What came of a reload. */
export interface ReloadResult {
  generation: number;
  seconds: number;
}

function reasonOf(error: unknown): object {
  if (!(error instanceof QuintetError)) return { err: error };
  return { code: error.code, detail: error.detail || undefined };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
