import type { Deployment } from "../../config/deployment.ts";
import type { Settings } from "../../config/settings.ts";
import type { FilesStatus } from "../../http/static/static-status.ts";
import type { FileService } from "../../http/static/file-service.ts";
import { watchDescriptors } from "../../shared/descriptors.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { pluralize } from "../../shared/pluralize.ts";
import { version } from "../../shared/version.ts";
import { releaseOutputs } from "../../workers/process/process-output.ts";
import type { FrontStatus } from "../status.ts";
import { announce } from "./announce.ts";
import type { Booting } from "./boot-server.ts";
import { changedFixed } from "./fixed-settings.ts";
import type { Generations, Prepared } from "./generations.ts";
import { HttpEndpoint } from "./http-endpoint.ts";
import { collectGarbageWhenIdle } from "./idle-garbage-collection.ts";
import type { ReadyPool } from "./pools.ts";
import type { ServerOptions } from "./server-options.ts";
import { Shutdown } from "./shutdown.ts";
import type { WatchedFiles } from "./watched-files.ts";

/** HTTP, dispatcher and workers of one front. A reload replaces the workers under the open connections. */
export class Server {
  readonly log: Log;
  readonly #options: ServerOptions;
  readonly #beganAt: number = performance.now();
  /** Those of the start. A reload changes only some of them: see fixed-settings.ts. */
  readonly #settings: Settings;
  #served: Deployment["served"];
  #generation: number;
  /** Running requests are cut off after this time when workers or the server should end. */
  #graceMs: number;
  readonly #workers: Promise<ReadyPool[]>;
  readonly #generations: Generations;
  readonly #watched: WatchedFiles;
  readonly #http: HttpEndpoint;
  readonly #shutdown: Shutdown;
  /** Aborted when the server is told to stop. */
  readonly #ending = new AbortController();
  /** Called when the server has stopped. */
  readonly #cleanups: (() => void)[];
  readonly #ended = Promise.withResolvers<void>();
  #where: string[] = [];
  #files: FilesStatus[] = [];
  #stopping: Promise<void> | null = null;

  /** Made by bootServer. */
  constructor({ settings, served }: Deployment, booting: Booting, options: ServerOptions) {
    this.log = options.log;
    this.#options = options;
    this.#settings = settings;
    this.#served = served;
    this.#generation = options.generation;
    this.#graceMs = settings.gracefulTimeout * 1000;
    this.#workers = booting.started;
    this.#generations = booting.generations;
    this.#watched = booting.watched;
    const { dispatcher } = this.#generations.serving.main;
    this.#http = new HttpEndpoint(settings, served, dispatcher, options.inherited, this.log);
    this.#shutdown = new Shutdown(this.#http, this.#generations, this.log);
    this.#cleanups = [
      watchDescriptors(this.log),
      collectGarbageWhenIdle(() => this.#generations.serving.main.dispatcher.running),
    ];
  }

  /**
   * Listen and serve; returns once a worker is ready. With `takesAtOnce`, requests that arrive earlier wait.
   *
   * @throws {QuintetError} why the application cannot be served; nothing is left running then
   */
  async run(): Promise<void> {
    const { takesAtOnce, listener } = this.#options;
    const { listeners } = this.#http;
    try {
      if (takesAtOnce) this.#where = await listeners.listen();
    } catch (error) {
      this.#watched.stop();
      await this.#generations.serving.stop();
      throw error;
    }
    try {
      const ready = await this.#workers;
      const files = this.#open(this.#settings, ready);
      if (!takesAtOnce) this.#where = await listeners.listen();
      announce(this.log, this.#served, ready, files);
      await listener.ready();
    } catch (error) {
      this.#watched.stop();
      listeners.close();
      if (this.#stopping === null) throw error;
    }
  }

  /**
   * Boot a new generation beside the old one.
   *
   * @throws {QuintetError} why it does not boot; nothing is changed then
   */
  prepare(): Promise<void> {
    return this.#generations.prepare(this.#ending.signal);
  }

  /** Give up the generation that boots or is prepared. */
  abort(): Promise<void> {
    return this.#generations.abort();
  }

  /** Move to the prepared generation, under the open connections. */
  commit(generation: number): void {
    this.#generations.commit((next) => this.#moveTo(next));
    this.#generation = generation;
  }

  #moveTo({ deployment: { settings, served }, ready }: Prepared): void {
    this.#served = served;
    try {
      if (this.#options.ownsProcess) process.chdir(served.cwd);
    } catch (error) {
      // The workers are there already, and serve.
      this.log.warn(
        `the folder ${served.cwd} cannot be entered any more: ${(error as Error).message}`,
      );
    }
    for (const said of changedFixed(this.#settings, settings)) this.log.warn(said);
    this.log.level = settings.logLevel;
    this.#watched.watch(settings.touchReload);
    announce(this.log, served, ready, this.#open(settings, ready));
    this.#graceMs = settings.gracefulTimeout * 1000;
  }

  #open(settings: Settings, ready: ReadyPool[]): FileService {
    const { dispatcher } = this.#generations.serving.main;
    const files = this.#http.open(settings, this.#served, ready, dispatcher);
    this.#files = files.status;
    return files;
  }

  /** Have this many workers, until the next reload. */
  scale(workers: number, why: string): void {
    this.#generations.serving.scale(workers, why);
  }

  /** Go on in a new log file of the same name, because the old one has been moved away. */
  reopenLog(): void {
    this.log.reopen();
  }

  /** Leave new connections to another front, serve the open ones to their end, then stop. */
  drain(): void {
    this.#watched.stop();
    const limitMs = this.#settings.keepAlive * 1000 + this.#graceMs;
    this.#shutdown.drain(limitMs, () =>
      this.stop(`front ${process.pid}, whose place another has taken`),
    );
  }

  /** Let running requests finish, then stop. */
  stop(why: string): void {
    if (this.#stopping) return;
    const running = pluralize(this.#shutdown.running, "running request");
    this.log.info(`${why}: finishing ${running}, then stopping`);
    this.#stopping = this.#stop();
  }

  async #stop(): Promise<void> {
    this.#watched.stop();
    this.#ending.abort(new QuintetError("QUINTET_STOPPING", "The server is being stopped."));
    await this.#shutdown.stop(this.#graceMs);
    this.#cleanUp();
    this.log.info(`front ${process.pid} has stopped`);
    this.#options.listener.stopped();
    if (this.#options.ownsProcess) releaseOutputs();
    await this.log.close();
    this.#ended.resolve();
  }

  get stopping(): boolean {
    return this.#stopping !== null;
  }

  #cleanUp(): void {
    for (const cleanUp of this.#cleanups) cleanUp();
  }

  /** Resolves when it has stopped and nothing of it is left. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** End what a server whose start has failed still does in a process that goes on. Its log is left to whoever made it. */
  release(): void {
    this.#cleanUp();
  }

  /** Stop at once. */
  kill(): void {
    void this.log.close().then(() => process.exit(1));
  }

  status(): FrontStatus {
    const { max, refused } = this.#http.connectionLimits;
    return {
      pid: process.pid,
      version,
      target: this.#served.served,
      folder: this.#served.cwd,
      bind: this.#where,
      generation: this.#generation,
      state: this.#state(),
      uptime: (performance.now() - this.#beganAt) / 1000,
      connections: this.#http.listeners.connections,
      maxConnections: Number.isFinite(max) ? max : null,
      refused,
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
}
