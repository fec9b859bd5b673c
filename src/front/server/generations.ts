import type { Deployment } from "../../config/deployment.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import type { PoolStatus } from "../../workers/pool-status.ts";
import { type ReadyPool, ServerPools } from "./pools.ts";

/** Reads the deployment again. The signal aborts it. */
export type Load = (signal: AbortSignal) => Promise<Deployment>;

/** A generation all of whose workers are ready. */
export interface Prepared {
  deployment: Deployment;
  pools: ServerPools;
  ready: ReadyPool[];
}

/**
 * The generations of workers: the serving one, the next one while it boots, and older ones that finish their requests. A
 * reload has two steps, prepare and commit, so that several fronts move to the next generation together or not at all.
 */
export class Generations {
  readonly #load: Load;
  readonly #log: Log;
  #serving: ServerPools;
  #booting: ServerPools | null = null;
  #prepared: Prepared | null = null;
  #preparing = false;
  /** The older generations, each with a promise of its end. */
  readonly #retiring: Map<ServerPools, Promise<void>> = new Map();

  constructor(first: ServerPools, load: Load, log: Log) {
    this.#serving = first;
    this.#load = load;
    this.#log = log;
  }

  get serving(): ServerPools {
    return this.#serving;
  }

  /** A reload is under way. */
  get reloading(): boolean {
    return this.#preparing || this.#prepared !== null;
  }

  /** How many requests run, in all generations. */
  get running(): number {
    const all = [this.#serving, ...this.#retiring.keys()];
    return all.reduce((sum, pools) => sum + pools.main.dispatcher.running, 0);
  }

  /**
   * Boot the next generation while the current one serves. If the boot fails, nothing changes.
   *
   * @param signal aborts the boot
   * @throws {QuintetError} why the boot failed; nothing of the new generation is left running then
   */
  async prepare(signal: AbortSignal): Promise<void> {
    this.#preparing = true;
    try {
      signal.throwIfAborted();
      const deployment = await this.#load(signal);
      signal.throwIfAborted();
      const pools = new ServerPools(deployment.settings, deployment.served, this.#log);
      this.#booting = pools;
      const ready = await pools.start(this.#serving);
      signal.throwIfAborted();
      this.#prepared = { deployment, pools, ready };
    } catch (error) {
      await this.abort();
      throw error;
    } finally {
      this.#preparing = false;
    }
  }

  /** Discard the generation that is booting or prepared. */
  async abort(): Promise<void> {
    const pools = this.#booting;
    this.#booting = null;
    this.#prepared = null;
    await pools?.stop();
  }

  /**
   * Serve with the prepared generation from now on. The old one finishes what it has begun.
   *
   * @param open directs new requests to the generation
   * @throws {QuintetError} QUINTET_CONTROL if nothing is prepared
   */
  commit(open: (next: Prepared) => void): void {
    const next = this.#prepared;
    if (next === null) throw new QuintetError("QUINTET_CONTROL", "No generation is ready.");
    const old = this.#serving;
    this.#serving = next.pools;
    this.#booting = null;
    this.#prepared = null;
    open(next);
    const grace = next.deployment.settings.gracefulTimeout * 1000;
    const over = old.retire(next.pools, grace).then(() => {
      this.#retiring.delete(old);
      this.#log.debug("the generation before has ended");
    });
    this.#retiring.set(old, over);
  }

  /** Resolves when all older generations have ended. */
  async retired(): Promise<void> {
    await Promise.all(this.#retiring.values());
  }

  /** The status of older generations. */
  retiring(): PoolStatus[] {
    return Array.from(this.#retiring.keys(), (pools) => pools.status()).flat();
  }

  /**
   * End all generations. Workers with unfinished responses are killed.
   *
   * @param time milliseconds for the work after a response, such as close()
   */
  async stop(time: number): Promise<void> {
    await Promise.all([this.#serving, ...this.#retiring.keys()].map((pools) => pools.stop(time)));
  }
}
