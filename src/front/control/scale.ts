import type { Log } from "../../shared/log.ts";
import type { FrontStatus } from "../status.ts";
import type { Changes } from "./changes.ts";
import type { FrontProcess } from "./front-process.ts";

/**
 * Sets the number of workers that a command or a signal asks for, in a server without a master.
 * python/quintet/master/fronts/scale.py does the same for several fronts.
 */
export class Scale {
  readonly #front: FrontProcess;
  readonly #log: Log;
  readonly #changes: Changes;
  /** Each relative step waits for the previous one, because it starts from the resulting number. */
  #steps: Promise<unknown> = Promise.resolve();

  constructor(front: FrontProcess, log: Log, changes: Changes) {
    this.#front = front;
    this.#log = log;
    this.#changes = changes;
  }

  /**
   * Set the number of workers until the next reload.
   *
   * @throws {QuintetError} why nothing is done; the reason is also logged
   */
  async to(workers: number, why: string): Promise<{ workers: number }> {
    const changing = this.#changes.current !== null;
    try {
      await this.#front.obey({ do: "scale", workers, why });
    } catch (error) {
      this.#log.warn(`${why}: nothing is done: ${(error as Error).message}`);
      throw error;
    }
    // The workers that are still booting do not know about it yet.
    if (changing) void this.#afterTheChange(workers, why);
    return { workers };
  }

  /** Add to the number, or subtract from it. At least one worker remains. */
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
