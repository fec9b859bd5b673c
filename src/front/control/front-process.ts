import type { Inherited } from "../../config/values/address.ts";
import type { Deployment } from "../../config/deployment.ts";
import type { Settings } from "../../config/settings.ts";
import { ORDERS, type OrderName } from "../../master/control-table.ts";
import { type Share, sharedDeployment } from "../../master/front-share.ts";
import type { Question } from "../../master/messages.ts";
import { packedDeployment, type PackedDeployment } from "../../master/packed-deployment.ts";
import { QuintetError } from "../../shared/errors.ts";
import type { Log, OpenLog } from "../../shared/log.ts";
import { checkShape, show } from "../../shared/message-shape.ts";
import { bootServer } from "../server/boot-server.ts";
import { keepFixed } from "../server/fixed-settings.ts";
import type { Server } from "../server/server.ts";
import { createServerLog } from "../server/server-log.ts";
import type { ServerListener } from "../server/server-options.ts";

/** What a front needs to start. */
export interface FrontStart {
  /** What to serve; null to read it from disk. */
  deployment: Deployment | null;
  share: Share;
  /** The number of times that the application has been loaded, including this one. */
  generation: number;
  /** No other front serves these addresses yet. */
  first: boolean;
  /** Listening sockets that another process holds; null to listen on those of the setting `bind`. */
  inherited: Inherited[] | null;
  /** False in a program of the user's own, which may run other servers. */
  ownsProcess: boolean;
  /** The log, if it is already open. */
  log: Log | null;
  /** A log file that another process has opened. */
  openLog: OpenLog | null;
}

/** The start of a front that has no master: it is the only one, and opens everything itself. */
export const ALONE: Pick<FrontStart, "share" | "generation" | "first" | "openLog"> = {
  share: { index: 0, of: 1 },
  generation: 1,
  first: true,
  openLog: null,
};

/**
 * A front, from its start to its end. It obeys the same orders from the Python master, which sends them over a socket
 * (under-master.ts), and from the coordinator in this process (coordinator.ts). Nothing else touches its Server.
 */
export class FrontProcess {
  /** The environment at the start, before `wsgi.ts` and the config file change it. */
  readonly env: NodeJS.ProcessEnv = { ...process.env };
  readonly #read: (signal: AbortSignal) => Promise<Deployment>;
  readonly #givenUp = new AbortController();
  /** Null while the front boots. */
  #server: Server | null = null;
  /** An order to reopen the log arrived during the boot. */
  #reopen = false;
  /** The deployment that it read last, before it was divided among the fronts. */
  #deployment: Deployment | null = null;
  /** The settings at the start. A reload cannot change some of them. */
  #settings: Settings | null = null;

  /** @param read reads the deployment; the signal aborts it */
  constructor(read: (signal: AbortSignal) => Promise<Deployment>) {
    this.#read = read;
  }

  /**
   * Boot and serve. Resolves when the front serves.
   *
   * @throws {QuintetError} why it cannot serve, or QUINTET_STOPPING if it was ordered to end. Nothing is left running then
   */
  async start(start: FrontStart, listener: ServerListener): Promise<void> {
    const { share, generation, first, inherited, openLog, ownsProcess } = start;
    const { signal } = this.#givenUp;
    const whole = start.deployment ?? (await this.#read(signal));
    this.#deployment = whole;
    this.#settings = whole.settings;
    if (ownsProcess) process.chdir(whole.served.cwd);
    const load = async (reading: AbortSignal): Promise<Deployment> => {
      this.#deployment = await this.#read(reading);
      return sharedDeployment(this.#deployment, share);
    };
    const deployment = sharedDeployment(whole, share);
    const log = start.log ?? createServerLog(deployment.settings, share.of > 1, openLog);
    const options = { log, inherited, takesAtOnce: first, generation, ownsProcess, listener };
    this.#server = await bootServer(deployment, load, options, signal);
    if (this.#reopen) this.#server.reopenLog();
    await this.#server.run();
  }

  /** Its log; null while it boots. */
  get log(): Log | null {
    return this.#server?.log ?? null;
  }

  /** Whether it is finishing its requests and will end. */
  get stopping(): boolean {
    return this.#server?.stopping ?? this.#givenUp.signal.aborted;
  }

  /** Resolves when it has stopped and released everything. */
  async ended(): Promise<void> {
    await this.#server?.ended;
  }

  /** Stop everything after a failed start, in a process that keeps running. The log's creator closes the log. */
  release(): void {
    this.#server?.release();
  }

  /** What it serves, for a front that replaces it. */
  get deployment(): PackedDeployment {
    if (this.#deployment === null || this.#settings === null) throw new Error("not started");
    const { settings, served } = this.#deployment;
    return packedDeployment({ settings: keepFixed(this.#settings, settings), served }, this.env);
  }

  #giveUp(): void {
    this.#givenUp.abort(new QuintetError("QUINTET_STOPPING", "The start was given up."));
  }

  /**
   * Obey an order.
   *
   * @returns the result of the order; may be a promise
   * @throws {QuintetError} QUINTET_CONTROL for an unknown order or one that is impossible now, QUINTET_PROTOCOL for wrong fields
   */
  obey(order: Question): unknown {
    const name = order.do;
    if (!Object.hasOwn(ORDERS, name)) {
      throw new QuintetError("QUINTET_CONTROL", `This front does not know ${show(name)}.`);
    }
    const fields = checkShape<OrderFields>(order, name, ORDERS[name as OrderName]);
    if (this.#server === null) return this.#obeyBooting(name as OrderName);
    return this.#obeyServing(this.#server, name as OrderName, fields);
  }

  #obeyBooting(name: OrderName): void {
    if (name === "stop" || name === "kill" || name === "drain") this.#giveUp();
    else if (name === "reopen") this.#reopen = true;
    else if (name === "prepare" || name === "scale") {
      const message = `This front is still booting and cannot ${name}.`;
      throw new QuintetError("QUINTET_CONTROL", message);
    }
  }

  #obeyServing(server: Server, name: OrderName, fields: OrderFields): unknown {
    switch (name) {
      case "ping":
        return undefined;
      case "status":
        return server.status();
      case "prepare":
        return server.prepare().then(() => ({ deployment: this.deployment }));
      case "abort":
        return server.abort();
      case "commit":
        return server.commit(fields.generation);
      case "scale":
        return server.scale(fields.workers, fields.why);
      case "reopen":
        return server.reopenLog();
      case "drain":
        return server.drain();
      case "stop":
        return server.stop(fields.why);
      case "kill":
        return server.kill();
    }
  }
}

/** The fields of all orders. */
interface OrderFields {
  generation: number;
  workers: number;
  why: string;
}
