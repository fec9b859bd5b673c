import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Report } from "./tally.ts";

/** Instructions to the clients. */
export interface Orders {
  port: number;
  /** Sent with every request: the session. */
  headers: Record<string, string>;
  /** Names of kinds. */
  kinds: string[];
}

/** A worker that has answered: of which deploy, and when last, in milliseconds since 1970. */
export interface Seen {
  edition: number;
  at: number;
}

/** Reports from the clients. */
export type Told =
  | { ready: true }
  | { sent: number; seen: [pid: number, seen: Seen][] }
  | { report: Report; workers: number };

/** Steady load on a server, from a separate process. */
export class Load {
  readonly #child: ChildProcess;
  #last: { report: Report; workers: number } | null = null;
  #sent = 0;
  #seen = new Map<number, Seen>();

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (told: Told) => {
      if ("report" in told) this.#last = told;
      else if ("sent" in told) {
        this.#sent = told.sent;
        this.#seen = new Map(told.seen);
      }
    });
  }

  /** Returns when the clients know the expected responses and begin. */
  static async start(orders: Orders): Promise<Load> {
    const child = fork(join(import.meta.dirname, "main.ts"), { stdio: "inherit", execArgv: [] });
    const ended = once(child, "exit").then(() => {
      throw new Error("the clients have ended before they began");
    });
    const load = new Load(child);
    child.send(orders);
    await Promise.race([once(child, "message"), ended]);
    ended.catch(() => {});
    return load;
  }

  /** How many requests have been sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** The workers that have answered so far, by pid. */
  get seen(): ReadonlyMap<number, Seen> {
    return this.#seen;
  }

  /** The workers that answered within the last given milliseconds. */
  recent(milliseconds: number): number[] {
    const since = Date.now() - milliseconds;
    return [...this.#seen].filter(([, { at }]) => at >= since).map(([pid]) => pid);
  }

  /** Let each client finish its request; returns the outcome of all requests, and how many workers answered. */
  async stop(): Promise<{ report: Report; workers: number }> {
    const ended = once(this.#child, "exit");
    this.#child.send("stop");
    await ended;
    if (this.#last === null) throw new Error("the clients have died");
    return this.#last;
  }

  /** However it stands. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
