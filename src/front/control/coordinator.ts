import type { Deployment } from "../../config/deployment.ts";
import { LOG_FLUSH_MS, REPEATED_TERM_MS, STOP_OVERTIME_MS } from "../../master/control-table.ts";
import type { Request } from "../../master/control-table.ts";
import type { PackedDeployment } from "../../master/packed-deployment.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { version } from "../../shared/version.ts";
import type { FrontStatus, ServerStatus } from "../status.ts";
import { Changes } from "./changes.ts";
import type { FrontProcess } from "./front-process.ts";
import { Scale } from "./scale.ts";

/** The outcome of a reload. */
export interface ReloadResult {
  generation: number;
  seconds: number;
}

/**
 * The server without a master: what commands and signals ask becomes orders to the front in the same process, the very orders that
 * a master sends. python/quintet/master/master.py does the same for several fronts; tests/control compares the two.
 *
 * Each operation takes the reason as the log names it, and throws why nothing was done.
 */
export class Coordinator {
  readonly #front: FrontProcess;
  readonly #log: Log;
  /** What the front has read last. */
  #deployment: Deployment | PackedDeployment;
  readonly #beganAt = performance.now();
  readonly #changes = new Changes();
  readonly #scaling: Scale;
  #generation = 1;
  /** The reload that waits for the change under way; there is only one, however many ask for it. */
  #nextReload: Promise<ReloadResult> | null = null;
  #stoppedAt: number | null = null;

  /** @param deployment that of the start */
  constructor(front: FrontProcess, log: Log, deployment: Deployment) {
    this.#front = front;
    this.#log = log;
    this.#deployment = deployment;
    this.#scaling = new Scale(front, log, this.#changes);
  }

  get stopping(): boolean {
    return this.#stoppedAt !== null || this.#front.stopping;
  }

  /**
   * The front serves for the first time.
   *
   * @param beganAt when the command was given, in milliseconds since 1970
   */
  started(beganAt: number): void {
    const where = this.status().bind.join(" and ");
    const seconds = ((Date.now() - beganAt) / 1000).toFixed(2);
    this.#log.info(`listening on ${where} (pid ${process.pid}, ready after ${seconds} s)`);
    this.#changes.end();
  }

  /** Do what a command or a signal asks for. */
  async request(request: Request, why: string): Promise<unknown> {
    switch (request.do) {
      case "status":
        return this.status();
      case "reload":
        return this.reload(why);
      case "upgrade":
        return this.upgrade(why);
      case "scale":
      case "scaleBy":
        return this.#scale(request, why);
      case "reopen":
        return this.#front.obey({ do: "reopen" });
      case "stop":
        return this.stop(why);
      case "kill":
        return this.kill(why);
    }
  }

  /** Load everything anew. During another change this waits, and all who ask meanwhile share one reload. */
  async reload(why: string): Promise<ReloadResult> {
    this.#refuseIfStopping(why);
    if (this.#changes.current !== null) {
      // The change under way may have read already what was there before this was asked.
      this.#log.info(`${why}: waits until the ${this.#changes.current} is over`);
      this.#nextReload ??= this.#reloadLater(why);
      return this.#nextReload;
    }
    this.#changes.begin("reload");
    try {
      return await this.#reloadNow(why);
    } catch (error) {
      if (!this.stopping) this.#logFailure(error, `${why}: nothing was changed`);
      throw error;
    } finally {
      this.#changes.end();
    }
  }

  async #reloadLater(why: string): Promise<ReloadResult> {
    await this.#changes.untilFree();
    this.#nextReload = null;
    return this.reload(why);
  }

  async #reloadNow(why: string): Promise<ReloadResult> {
    const began = performance.now();
    const generation = this.#generation + 1;
    this.#log.info(`${why}: reloading`);
    const prepared = await this.#front.obey({ do: "prepare" });
    await this.#front.obey({ do: "commit", generation });
    this.#deployment = (prepared as { deployment: PackedDeployment }).deployment;
    this.#generation = generation;
    const seconds = (performance.now() - began) / 1000;
    this.#log.info(`generation ${generation} serves, after ${seconds.toFixed(2)} s`);
    return { generation, seconds };
  }

  /** An upgrade takes a master, which outlives its fronts. */
  async upgrade(why: string): Promise<never> {
    this.#refuseIfStopping(why);
    const message = "This server has no master, so it cannot be upgraded.";
    this.#log.warn(`${why}: nothing is done: ${message}`);
    throw new QuintetError("QUINTET_CONTROL", message, {
      advice: "Restart it. A server that finds Python 3.9 or newer when it starts has a master.",
    });
  }

  async #scale(request: Request, why: string): Promise<unknown> {
    if (this.#changes.current === "start") await this.#changes.untilFree();
    this.#refuseIfStopping(why);
    const { workers = 0 } = request;
    return request.do === "scale" ? this.#scaling.to(workers, why) : this.#scaling.by(workers, why);
  }

  /** Finish what runs, then stop. The second time, stop at once. */
  stop(why: string): void {
    const now = performance.now();
    if (this.#stoppedAt !== null) {
      if (why === "SIGTERM" && now - this.#stoppedAt < REPEATED_TERM_MS) return;
      return this.kill(`${why} again`);
    }
    this.#stoppedAt = now;
    const { gracefulTimeout } = this.#deployment.settings;
    const overtime = (): void => {
      this.#log.error(`front ${process.pid} does not end: killed`);
      this.#front.obey({ do: "kill" });
    };
    setTimeout(overtime, gracefulTimeout * 1000 + STOP_OVERTIME_MS).unref();
    this.#front.obey({ do: "stop", why });
    this.#changes.end();
  }

  /** Stop at once. */
  kill(why: string): void {
    this.#log.warn(`${why}: stopping at once`);
    this.#stoppedAt ??= performance.now();
    process.exitCode = 1;
    setTimeout(() => process.exit(1), LOG_FLUSH_MS).unref();
    this.#front.obey({ do: "kill" });
  }

  status(): ServerStatus {
    const front = this.#frontStatus();
    const { served } = this.#deployment;
    const { target = served.served, folder = served.cwd, bind = [] } = front;
    const uptime = (performance.now() - this.#beganAt) / 1000;
    return {
      pid: process.pid,
      target,
      folder,
      bind,
      state: this.#state(),
      uptime,
      fronts: [front],
    };
  }

  #state(): ServerStatus["state"] {
    if (this.stopping) return "stopping";
    const { current } = this.#changes;
    return current === "start" ? "starting" : current === "reload" ? "reloading" : "running";
  }

  #frontStatus(): FrontStatus {
    const booting = this.#changes.current === "start" && !this.stopping;
    const known = { pid: process.pid, version, pools: [], retiring: [] };
    const said = this.#front.obey({ do: "status" }) as FrontStatus | undefined;
    const state = booting || said === undefined ? "booting" : said.state;
    return { ...known, ...said, state } as FrontStatus;
  }

  /** @throws {QuintetError} QUINTET_CONTROL */
  #refuseIfStopping(why: string): void {
    if (!this.stopping) return;
    this.#log.warn(`${why}: nothing is done, because the server is being stopped`);
    throw new QuintetError("QUINTET_CONTROL", "The server is being stopped.");
  }

  #logFailure(error: unknown, what: string): void {
    const fields =
      error instanceof QuintetError
        ? { code: error.code, detail: error.detail || undefined }
        : { err: error };
    const message = error instanceof Error ? error.message : String(error);
    this.#log.error(fields, `${what}: ${message}`);
  }
}
