import { setTimeout as sleep } from "node:timers/promises";
import type { Deployment } from "../config/deployment.ts";
import { PathValues } from "../shared/by-path.ts";
import { QuintetError } from "../shared/errors.ts";
import { Spool } from "../http/spool/spool.ts";
import { watchDescriptors } from "../shared/descriptors.ts";
import { PathHeaders } from "../http/response/path-headers.ts";
import { ConnectionLimits, connectionLimit } from "../http/listen/connection-limits.ts";
import type { FilesStatus } from "../http/static/static-status.ts";
import { type FileService, fileService, outsideWarnings } from "../http/static/file-service.ts";
import { Listeners } from "../http/listen/listeners.ts";
import { RequestHandler } from "../http/request-handler.ts";
import { withStripped } from "../http/static/find-files.ts";
import { requestLimits } from "../http/request/request-limits.ts";
import type { Log } from "../shared/log.ts";
import { announce, sayCutOff } from "./announce.ts";
import { giveBackAtRest } from "./at-rest.ts";
import type { Booting } from "./boot.ts";
import { pluralize } from "../shared/pluralize.ts";
import { changedFixed } from "./fixed.ts";
import type { Generations, Prepared } from "./generations.ts";
import type { ServerPlace } from "./place.ts";
import type { ReadyPool } from "./pools.ts";
import { prefixOf } from "./prefix.ts";
import { livenessPath, requestBuffering, spoolLimits } from "../workers/pool-options.ts";
import type { Settings } from "../config/settings.ts";
import type { FrontStatus } from "./status.ts";
import type { Touch } from "./touch.ts";
import { version } from "../shared/version.ts";
import { releaseOutputs } from "../workers/process/process-output.ts";
import { rangeOf } from "../config/values/worker-range.ts";

/** Milliseconds between two looks at whether the last client has left, or the last body has come. */
const LOOK = 50;

/** Listeners, dispatcher and workers, from start to stop; a reload replaces the workers under the open connections. */
export class Server {
  readonly #settings: Settings;
  readonly log: Log;
  readonly #listeners: Listeners;
  readonly #requestHandler: RequestHandler;
  readonly #connectionLimits: ConnectionLimits;
  /** Ends the look for descriptors that are left. */
  readonly #unwatch: () => void;
  readonly #spool: Spool;
  readonly #place: ServerPlace;
  readonly #beganAt: number = performance.now();
  /** Fires when the server is told to stop. */
  readonly #ending = new AbortController();
  #served: Deployment["served"];
  readonly #generations: Generations;
  readonly #workers: Promise<ReadyPool[]>;
  #generation: number;
  /** Milliseconds that running requests are given when they have to come to an end. */
  #grace: number;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #where: string[] = [];
  #files: FilesStatus[] = [];
  #stopping: Promise<void> | null = null;
  readonly #touch: Touch;

  /** See bootServer. */
  constructor({ settings, served }: Deployment, booting: Booting, place: ServerPlace) {
    this.#settings = settings;
    this.#grace = settings.gracefulTimeout * 1000;
    this.#served = served;
    this.#place = place;
    this.#generation = place.generation;
    this.log = booting.log;
    this.#touch = booting.touch;
    this.#generations = booting.generations;
    this.#workers = booting.started;
    this.#spool = new Spool(spoolLimits(settings));
    const limits = requestLimits(settings);
    this.#requestHandler = new RequestHandler({
      dispatcher: this.#generations.serving.main.dispatcher,
      spool: this.#spool,
      limits,
      log: this.log,
      accessLog: settings.accessLog,
      requestBuffering: this.#buffering(settings),
      livenessPath: livenessPath(settings),
      headers: new PathHeaders(settings.headers),
      // Known when the application is loaded; nothing is dispatched before.
      prefix: null,
    });
    const { bind, backlog, keepAlive, maxConnections, maxConnectionsPerClient } = settings;
    const max = connectionLimit(maxConnections ?? 0, rangeOf(settings.workers).max);
    const maxPerClient = maxConnectionsPerClient ?? 0;
    this.#connectionLimits = new ConnectionLimits({ max, maxPerClient }, this.log);
    this.#listeners = new Listeners(
      { listen: place.inherited ?? bind, backlog, keepAliveMs: keepAlive * 1000, limits },
      this.#requestHandler,
      this.#connectionLimits,
    );
    const unwatch = watchDescriptors(this.log);
    const rest = giveBackAtRest(() => this.#generations.serving.main.dispatcher.running);
    this.#unwatch = () => {
      unwatch();
      rest();
    };
  }

  /**
   * Listen; returns when the workers are there too. What comes before the first of them is ready waits.
   *
   * @throws {QuintetError} why the application cannot be served; nothing is left running then
   */
  async run(): Promise<void> {
    const { takesAtOnce } = this.#place;
    try {
      if (takesAtOnce) this.#where = await this.#listeners.listen();
    } catch (error) {
      this.#touch.stop();
      await this.#generations.serving.stop();
      throw error;
    }
    try {
      const ready = await this.#workers;
      const files = this.#open(this.#settings, ready);
      if (!takesAtOnce) this.#where = await this.#listeners.listen();
      announce(this.log, this.#served, ready, files);
      await this.#place.ready();
      if (this.#place.began !== null) this.#sayListening(this.#place.began);
      this.#started.resolve();
    } catch (error) {
      this.#touch.stop();
      this.#listeners.close();
      if (this.#stopping === null) throw error;
    }
  }

  /** Resolves when it serves for the first time. */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Resolves when it has stopped and nothing of it is left. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Close what a server whose start has failed still holds in a process that goes on. */
  async release(): Promise<void> {
    this.#unwatch();
    await this.log.close();
  }

  /** How often what is served has been loaded. */
  get generation(): number {
    return this.#generation;
  }

  #sayListening(began: number): void {
    const seconds = ((Date.now() - began) / 1000).toFixed(2);
    const where = this.#where.join(" and ");
    this.log.info(`listening on ${where} (pid ${process.pid}, ready after ${seconds} s)`);
  }

  /**
   * Boot a new generation beside the old one.
   *
   * @throws {QuintetError} why it does not boot; nothing is changed then
   */
  prepare(): Promise<void> {
    return this.#generations.prepare(this.#ending.signal);
  }

  /** Give it up. */
  abort(): Promise<void> {
    return this.#generations.abort();
  }

  /** Move over to it, under the open connections. */
  commit(generation: number): void {
    this.#generations.commit((next) => this.#moveOver(next));
    this.#generation = generation;
  }

  #moveOver({ deployment: { settings, served }, ready }: Prepared): void {
    this.#served = served;
    try {
      if (this.#place.ownsProcess) process.chdir(served.cwd);
    } catch (error) {
      // The workers are there already, and serve.
      this.log.warn(
        `the folder ${served.cwd} cannot be entered any more: ${(error as Error).message}`,
      );
    }
    for (const said of changedFixed(this.#settings, settings)) this.log.warn(said);
    this.log.level = settings.logLevel;
    this.#touch.watch(settings.touchReload);
    announce(this.log, served, ready, this.#open(settings, ready));
    this.#grace = settings.gracefulTimeout * 1000;
  }

  /** Let running requests finish, then stop. */
  stop(why: string): void {
    if (this.#stopping) return;
    const running = pluralize(this.#running, "running request");
    this.log.info(`${why}: finishing ${running}, then stopping`);
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
    this.#touch.stop();
    const left = pluralize(this.#listeners.connections, "connection");
    const me = `front ${process.pid}`;
    this.log.info(`${me} takes no new connections; ${left} left to it`);
    this.#listeners.drain("leave idle");
    // No signal comes here any more by which they would.
    this.#generations.serving.bringBack("some requests are left to this front");
    const { keepAlive } = this.#settings;
    const until = performance.now() + keepAlive * 1000 + this.#grace;
    const look = setInterval(() => {
      if (this.#listeners.connections > 0 && performance.now() < until) return;
      clearInterval(look);
      this.stop(`${me}, whose place another has taken`);
    }, LOOK);
  }

  /** So many workers, until the next reload. */
  scale(workers: number, why: string): void {
    this.#generations.serving.scale(workers, why);
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
      state: this.#state(),
      uptime: (performance.now() - this.#beganAt) / 1000,
      connections: this.#listeners.connections,
      maxConnections: Number.isFinite(this.#connectionLimits.max)
        ? this.#connectionLimits.max
        : null,
      refused: this.#connectionLimits.refused,
      backlog: this.#settings.backlog,
      pools: this.#generations.serving.status(),
      retiring: this.#generations.retiring(),
      files: this.#files,
    };
  }

  #state(): FrontStatus["state"] {
    if (this.#stopping) return "stopping";
    return this.#generations.reloading ? "reloading" : "running";
  }

  /** How many requests run, or would if their bodies had come. */
  get #running(): number {
    return this.#generations.running + this.#coming;
  }

  /** How many bodies are on their way. Where the workers have been sent away nothing would be done with them. */
  get #coming(): number {
    return this.#generations.serving.wanted > 0 ? this.#spool.buffering : 0;
  }

  /** Resolves when no body is still to come, nothing waits, nothing runs, and every answer has gone out. */
  async #quiet(): Promise<void> {
    const { dispatcher } = this.#generations.serving.main;
    do {
      while (this.#coming > 0) await sleep(LOOK);
      await dispatcher.idle();
      await this.#generations.retired();
      await this.#listeners.flushed();
    } while (this.#coming > 0 || dispatcher.waiting > 0 || dispatcher.running > 0);
  }

  async #stop(): Promise<void> {
    const error = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    this.#touch.stop();
    this.#ending.abort(error);
    await this.#generations.abort();
    const { main, wanted } = this.#generations.serving;
    const { dispatcher } = main;
    // Where the workers have been sent away nothing that waits for one would be answered.
    if (wanted === 0) dispatcher.close(error, true);
    this.#listeners.drain("end idle");
    const until = performance.now() + this.#grace;
    const grace = new Promise((resolve) => {
      setTimeout(resolve, this.#grace).unref();
    });
    await Promise.race([this.#quiet(), grace]);
    sayCutOff(this.log, this.#running, this.#grace);
    dispatcher.close(error, true);
    await this.#generations.stop(until - performance.now());
    this.#listeners.close();
    this.#unwatch();
    // Where there is a parent, it says that all of it has.
    this.log.info(this.#place.began === null ? `front ${process.pid} has stopped` : "stopped");
    if (this.#place.ownsProcess) releaseOutputs();
    await this.log.close();
    this.#ended.resolve();
  }

  #open(settings: Settings, ready: ReadyPool[]): FileService {
    if (this.#served.inner !== null && settings.requestBuffering !== true) {
      this.log.warn("requestBuffering has no effect: the application is written in TypeScript");
    }
    if (this.#served.inner?.length === 0 && settings.hooks !== null) {
      this.log.warn("hooks has no effect: it is for Python workers, and there are none");
    }
    const facts = ready.map((pool) => pool.facts);
    const files = fileService(settings, facts);
    this.#files = files.status;
    const { prefix, forced } = prefixOf(settings, ready, this.log);
    files.warnings.push(...outsideWarnings(files, settings, prefix.path));
    this.#requestHandler.open(withStripped(files.mounts, forced), {
      prefix,
      dispatcher: this.#generations.serving.main.dispatcher,
      requestBuffering: this.#buffering(settings),
      livenessPath: livenessPath(settings),
      headers: new PathHeaders(settings.headers),
    });
    return files;
  }

  /** A TypeScript application reads its body synchronously, so it is there before it begins. */
  #buffering(settings: Settings): PathValues<boolean> {
    return this.#served.inner === null
      ? requestBuffering(settings)
      : new PathValues<boolean>(true, true);
  }
}
