import type { Log } from "../../shared/log.ts";
import type { FrontStatus } from "../status.ts";
import type { Changes } from "./changes.ts";
import type { FrontProcess } from "./front-process.ts";

/**
 * The number of workers that somebody asks for, without a master. python/quintet/master/fronts/scale.py does the same for several
 * fronts.
 */
export class Scale {
  readonly #front: FrontProcess;
  readonly #log: Log;
  readonly #changes: Changes;
  /** Each step waits for the one before, which decides the number. */
  #steps: Promise<unknown> = Promise.resolve();

  constructor(front: FrontProcess, log: Log, changes: Changes) {
    this.#front = front;
    this.#log = log;
    this.#changes = changes;
  }

  /**
   * Have this many workers, until the next reload.
   *
   * @throws {QuintetError} why nothing is done; that is in the log as well
   */
  async to(workers: number, why: string): Promise<{ workers: number }> {
    const changing = this.#changes.current !== null;
    try {
      await this.#front.obey({ do: "scale", workers, why });
    } catch (error) {
      this.#log.warn(`${why}: nothing is done: ${(error as Error).message}`);
      throw error;
    }
    // The workers that are coming have not been asked.
    if (changing) void this.#afterTheChange(workers, why);
    return { workers };
  }

  /** Add to the number, or take from it. One worker is left. */
  async by(difference: number, why: string): Promise<void> {
    this.#steps = this.#steps
      .then(() => this.to(Math.max(1, this.#wanted() + difference), why))
      .catch(() => {}); // what goes wrong is in the log
    await this.#steps;
  }

  #wanted(): number {
    const status = this.#front.obey({ do: "status" }) as FrontStatus | undefined;
    return status?.pools[0]?.wanted ?? 0;
  }

  async #afterTheChange(workers: number, why: string): Promise<void> {
    await this.#changes.untilFree();
    if (this.#front.stopping) return;
    await this.to(workers, why).catch(() => {}); // what goes wrong is in the log
  }
}
