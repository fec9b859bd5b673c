import type { Deployment } from "../cli/deployment.ts";
import { PathValues } from "../by-path.ts";
import { QuintetError } from "../errors.ts";
import { Spool } from "../front/body.ts";
import { Front } from "../front/front.ts";
import { Gateway } from "../front/gateway.ts";
import { requestLimits } from "../front/request-limits.ts";
import type { StaticMount } from "../front/static.ts";
import { createLog, type Log } from "../log.ts";
import { announce } from "./announce.ts";
import { changedFixed } from "./fixed.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import type { ServerPlace } from "./place.ts";
import { type ReadyPool, ServerPools } from "./pools.ts";
import { livenessPath, requestBuffering, spoolLimits } from "../pool-options.ts";
import type { Settings } from "../settings/settings.ts";
import type { FrontStatus } from "../status.ts";
import { onTouch } from "./touch.ts";
import { version } from "../version.ts";

/** Milliseconds between two looks at whether the last client has left. */
const DRAIN_LOOK = 50;

/** Reads the deployment anew. */
type Load = (signal: AbortSignal) => Promise<Deployment>;

/** Front, dispatcher and workers, from start to stop; a reload replaces the workers under the open connections. */
export class Server {
  readonly #settings: Settings;
  readonly #load: Load;
  readonly log: Log;
  readonly #front: Front;
  readonly #gateway: Gateway;
  readonly #place: ServerPlace;
  readonly #beganAt: number = performance.now();
  /** Fires when the server is told to stop. */
  readonly #ending = new AbortController();
  #served: Deployment["served"];
  #pools: ServerPools;
  /** The one that a reload is starting. */
  #next: ServerPools | null = null;
  /** Older ones that still finish something, and when they have. */
  readonly #retiring: Map<ServerPools, Promise<void>> = new Map();
  #generation = 1;
  /** Milliseconds that running requests are given when they have to come to an end. */
  #grace: number;
  readonly #reloads = new OneAtATime<ReloadResult>();
  #where: string[] = [];
  #stopping: Promise<void> | null = null;
  #unwatch: () => void = () => {};

  /** @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_SETTING, QUINTET_LOG_FILE */
  constructor({ settings, served }: Deployment, load: Load, place: ServerPlace) {
    this.#settings = settings;
    this.#grace = settings.gracefulTimeout * 1000;
    this.#served = served;
    this.#load = load;
    this.#place = place;
    this.log = createLog(settings.logLevel, settings.logFormat, settings.logFile || 1);
    this.#pools = new ServerPools(settings, served, this.log);
    const spool = new Spool(spoolLimits(settings));
    const limits = requestLimits(settings);
    this.#gateway = new Gateway({
      dispatcher: this.#pools.main.dispatcher,
      spool,
      limits,
      log: this.log,
      accessLog: settings.accessLog,
      requestBuffering: this.#buffering(settings),
      livenessPath: livenessPath(settings),
    });
    const { bind, backlog, keepAlive } = settings;
    this.#front = new Front(
      { listen: place.inherited ?? bind, backlog, keepAlive: keepAlive * 1000, limits },
      this.#gateway,
    );
  }

  /**
   * Listen and start the workers; returns when both are there. What comes before the first worker is ready waits.
   *
   * @throws {QuintetError} why the application cannot be served; nothing is left running then
   */
  async run(): Promise<void> {
    const { takesAtOnce } = this.#place;
    const started = this.#pools.start();
    try {
      if (takesAtOnce) this.#where = await this.#front.listen();
    } catch (error) {
      started.catch(() => {});
      await this.#pools.stop();
      throw error;
    }
    try {
      const ready = await started;
      const mounts = this.#open(this.#settings, ready);
      if (!takesAtOnce) this.#where = await this.#front.listen();
      this.#watch(this.#settings);
      announce(this.log, this.#served.served, ready, mounts);
      if (this.#place.scale !== null) this.#pools.scale(this.#place.scale, "as before");
      await this.#place.ready();
      if (this.#place.began !== null) this.#sayListening(this.#place.began);
    } catch (error) {
      this.#front.close();
      if (this.#stopping === null) throw error;
    }
  }

  #sayListening(began: number): void {
    const seconds = ((Date.now() - began) / 1000).toFixed(2);
    this.log.info(`listening on ${this.#where.join(" and ")} (ready after ${seconds} s)`);
  }

  /**
   * Boot a new generation beside the old one, and move over when all its workers are ready. One that does not boot
   * changes nothing. Asked for while another is under way, it is done once after that.
   *
   * @param why as the log is to call it
   * @throws {QuintetError} why the new generation does not boot; that is in the log as well
   */
  reload(why: string): Promise<ReloadResult> {
    return this.#reloads.run(() => this.#reloadNow(why));
  }

  async #reloadNow(why: string): Promise<ReloadResult> {
    const began = performance.now();
    this.log.info(`${why}: reloading`);
    this.#place.reloading();
    let ready: ReadyPool[];
    let deployment: Deployment;
    let next: ServerPools | null = null;
    try {
      this.#ending.signal.throwIfAborted();
      deployment = await this.#load(this.#ending.signal);
      next = new ServerPools(deployment.settings, deployment.served, this.log);
      this.#next = next;
      ready = await next.start(this.#pools);
      this.#ending.signal.throwIfAborted();
    } catch (error) {
      await next?.stop();
      this.#next = null;
      this.log.error(reasonOf(error), `${why}: nothing was changed: ${messageOf(error)}`);
      this.#place.reloaded(false);
      throw error;
    }
    this.#next = null;
    const old = this.#pools;
    this.#pools = next;
    this.#served = deployment.served;
    this.#generation += 1;
    process.chdir(deployment.served.cwd);
    this.#moveOver(old, deployment.settings, ready);
    this.#place.reloaded(true);
    const seconds = (performance.now() - began) / 1000;
    this.log.info(`generation ${this.#generation} serves, after ${seconds.toFixed(2)} s`);
    return { generation: this.#generation, seconds };
  }

  #moveOver(old: ServerPools, settings: Settings, ready: ReadyPool[]): void {
    for (const name of changedFixed(this.#settings, settings)) {
      this.log.warn(`the setting ${name} has changed, which takes a restart`);
    }
    this.log.level = settings.logLevel;
    this.#watch(settings);
    announce(this.log, this.#served.served, ready, this.#open(settings, ready));
    this.#grace = settings.gracefulTimeout * 1000;
    const over = old.retire(this.#pools, this.#grace).then(() => {
      this.#retiring.delete(old);
      this.log.debug("the generation before has ended");
    });
    this.#retiring.set(old, over);
  }

  /** Let running requests finish, then stop. */
  stop(why: string): void {
    if (this.#stopping) return;
    const all = [this.#pools, ...this.#retiring.keys()];
    const running = all.reduce((sum, pools) => sum + pools.main.dispatcher.running, 0);
    this.log.info(`${why}: finishing ${running} running requests, then stopping`);
    this.#stopping = this.#stop();
  }

  /** Stop at once. */
  kill(): void {
    void this.log.close().then(() => process.exit(1));
  }

  /**
   * Others take the new connections. Those that are open are served to their end: the next answer says that it is the
   * last, and an idle one is kept as long as ever, for its client may have sent something already.
   */
  drain(): void {
    this.#unwatch();
    this.log.info(`${this.#front.connections} connections are left to this front`);
    this.#front.drain("leave idle");
    const { keepAlive } = this.#settings;
    const until = performance.now() + keepAlive * 1000 + this.#grace;
    const look = setInterval(() => {
      if (this.#front.connections > 0 && performance.now() < until) return;
      clearInterval(look);
      this.stop("another front has taken over");
    }, DRAIN_LOOK);
  }

  /** So many workers, until the next reload. */
  scale(workers: number, why: string): void {
    this.#pools.scale(workers, why);
  }

  /** The file of the log has been moved away. */
  reopenLog(): void {
    this.log.reopen();
  }

  status(): FrontStatus {
    return {
      pid: process.pid,
      version,
      target: this.#served.served,
      folder: this.#served.cwd,
      bind: this.#where,
      generation: this.#generation,
      state: this.#stopping ? "stopping" : this.#reloads.running ? "reloading" : "running",
      uptime: (performance.now() - this.#beganAt) / 1000,
      connections: this.#front.connections,
      backlog: this.#settings.backlog,
      pools: this.#pools.status(),
      retiring: Array.from(this.#retiring.keys(), (pools) => pools.status()).flat(),
    };
  }

  /** Resolves when nothing waits, nothing runs, and every answer has gone out. */
  async #quiet(): Promise<void> {
    const { dispatcher } = this.#pools.main;
    do {
      await dispatcher.idle();
      await Promise.all(this.#retiring.values());
      await this.#front.flushed();
    } while (dispatcher.waiting > 0 || dispatcher.running > 0);
  }

  async #stop(): Promise<void> {
    const error = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    this.#unwatch();
    this.#ending.abort(error);
    await this.#next?.stop();
    const { dispatcher } = this.#pools.main;
    this.#front.drain("end idle");
    const grace = new Promise((resolve) => {
      setTimeout(resolve, this.#grace).unref();
    });
    await Promise.race([this.#quiet(), grace]);
    dispatcher.close(error, true);
    await Promise.all([this.#pools, ...this.#retiring.keys()].map((pools) => pools.stop()));
    this.#front.close();
    this.log.info("stopped");
    await this.log.close();
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
      this.log.warn("requestBuffering has no effect: the application is written in TypeScript");
    }
    if (this.#served.inner?.length === 0 && settings.hooks !== "") {
      this.log.warn("hooks has no effect: it is for Python workers, and there are none");
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
