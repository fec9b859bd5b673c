import { QuintetError } from "../shared/errors.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import type { Server } from "./server.ts";

/** What came of a reload. */
export interface ReloadResult {
  generation: number;
  seconds: number;
}

/** Reloads of a front without a parent; else that has several of them move over together: python/quintet/parent/reload.py. */
export class Reloads {
  readonly #server: Server;
  readonly #one = new OneAtATime<ReloadResult>();

  constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Boot a new generation beside the old one, and move over when all its workers are ready. One that does not boot
   * changes nothing. Asked for while another is under way, it is done once after that.
   *
   * @param why as the log is to call it
   * @throws {QuintetError} why the new generation does not boot; that is in the log as well
   */
  reload(why: string): Promise<ReloadResult> {
    return this.#one.run(() => this.#now(why));
  }

  async #now(why: string): Promise<ReloadResult> {
    const { log, started } = this.#server;
    await started;
    const began = performance.now();
    log.info(`${why}: reloading`);
    const generation = this.#server.generation + 1;
    try {
      await this.#server.prepare();
      this.#server.commit(generation);
    } catch (error) {
      log.error(reasonOf(error), `${why}: nothing was changed: ${messageOf(error)}`);
      throw error;
    }
    const seconds = (performance.now() - began) / 1000;
    log.info(`generation ${generation} serves, after ${seconds.toFixed(2)} s`);
    return { generation, seconds };
  }
}

function reasonOf(error: unknown): object {
  if (!(error instanceof QuintetError)) return { err: error };
  return { code: error.code, detail: error.detail || undefined };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
