import type { Deployment } from "../../config/deployment.ts";
import type { Settings } from "../../config/settings.ts";
import type { FilesStatus } from "../../http/file-lines.ts";
import type { FileService } from "../../http/file-service.ts";
import { watchDescriptors } from "../../shared/descriptors.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { count } from "../../shared/plural.ts";
import { version } from "../../shared/version.ts";
import { releaseOutputs } from "../../workers/process-output.ts";
import type { FrontStatus } from "../status.ts";
import { announce, sayCutOff } from "./announce.ts";
import type { Booting } from "./boot-server.ts";
import { changedFixed } from "./fixed-settings.ts";
import type { Generations, Prepared } from "./generations.ts";
import { HttpEndpoint } from "./http-endpoint.ts";
import { collectGarbageWhenIdle } from "./idle-garbage-collection.ts";
import type { ReadyPool } from "./pools.ts";
import type { ServerOptions } from "./server-options.ts";
import { Unfinished } from "./unfinished.ts";
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
  readonly #unfinished: Unfinished;
  /** Aborted when the server is told to stop. */
  readonly #ending = new AbortController();
  /** Called when the server has stopped. */
  readonly #cleanups: (() => void)[];
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
    this.#unfinished = new Unfinished(this.#http, this.#generations);
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
      process.chdir(served.cwd);
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

  /**
   * Take no new connections; another front does. Open ones are served to their end: the next answer says that it is the last. An idle
   * one is kept as long as usual, because its client may have sent a request already.
   */
  drain(): void {
    this.#watched.stop();
    const { listeners } = this.#http;
    const name = `front ${process.pid}`;
    const left = count(listeners.connections, "connection");
    this.log.info(`${name} takes no new connections; ${left} left to it`);
    listeners.drain("leave idle");
    // No signal can bring workers back that were sent away.
    this.#generations.serving.bringBack("some requests are left to this front");
    const limitMs = this.#settings.keepAlive * 1000 + this.#graceMs;
    const stop = (): void => this.stop(`${name}, whose place another has taken`);
    this.#unfinished.whenClientsLeft(limitMs, stop);
  }

  /** Let running requests finish, then stop. */
  stop(why: string): void {
    if (this.#stopping) return;
    const running = count(this.#unfinished.count, "running request");
    this.log.info(`${why}: finishing ${running}, then stopping`);
    this.#stopping = this.#stop();
  }

  async #stop(): Promise<void> {
    const error = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    this.#watched.stop();
    this.#ending.abort(error);
    await this.#generations.abort();
    const { main, wanted } = this.#generations.serving;
    const { dispatcher } = main;
    // If all workers were sent away, nothing that waits for one would be answered.
    if (wanted === 0) dispatcher.close(error, true);
    this.#http.listeners.drain("end idle");
    const until = performance.now() + this.#graceMs;
    await this.#unfinished.finish(this.#graceMs);
    sayCutOff(this.log, this.#unfinished.count, this.#graceMs);
    dispatcher.close(error, true);
    await this.#generations.stop(until - performance.now());
    this.#http.listeners.close();
    for (const cleanUp of this.#cleanups) cleanUp();
    this.log.info(`front ${process.pid} has stopped`);
    this.#options.listener.stopped();
    releaseOutputs();
    await this.log.close();
  }

  /** Stop at once. */
  kill(): void {
    void this.log.close().then(() => process.exit(1));
  }

  status(): FrontStatus {
    const { most, refused } = this.#http.admission;
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
      maxConnections: Number.isFinite(most) ? most : null,
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
