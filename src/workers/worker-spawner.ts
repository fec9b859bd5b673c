import type { Log } from "../shared/log.ts";
import type { Home } from "./runtime-directory.ts";
import { fresh, type Launch, type WorkerOptions } from "./launch.ts";
import { describeEnd, noProcess, type ProcessEnd } from "./process-output.ts";
import { Zygote } from "./zygote.ts";
import type { Imported } from "../wire/json-messages.ts";
import { describeHarm, describeOnce } from "./imported.ts";
import { Backoff } from "./backoff.ts";
import { CHANCE, YOUNG } from "./failures.ts";

export interface NurseryEvents {
  /** The zygote could not import the application; what is wanted waits until the next start(). */
  failed(end: ProcessEnd, pid: number): void;
  /** Zygotes die again and again as soon as they have imported it; the next is tried after a pause of milliseconds. */
  crashing(what: string, pid: number, pause: number): void;
  log(pid: number, level: string, line: string): void;
  /** A zygote has sent what the protocol does not allow. */
  broken(pid: number, error: Error): void;
  /** Its last process has ended. */
  empty(): void;
}

/**
 * Where workers come from: forked from a zygote, or, where that cannot be, fresh processes. A zygote that dies is
 * replaced at once, unless that happens again and again: the next worker is wanted when something is wrong already.
 */
export class Nursery {
  readonly #options: WorkerOptions;
  readonly #home: Home;
  readonly #log: Log;
  readonly #events: NurseryEvents;
  readonly #fresh: Launch;
  /** Those who wait for the zygote. */
  readonly #waiting: ((launch: Launch) => void)[] = [];
  readonly #crashes = new Backoff(() => this.start());
  #preload: boolean;
  #zygote: Zygote | null = null;
  #count = 0;
  #stopping = false;

  constructor(options: WorkerOptions, home: Home, log: Log, events: NurseryEvents) {
    this.#options = options;
    this.#home = home;
    this.#log = log;
    this.#events = events;
    this.#fresh = fresh(options);
    this.#preload = options.preload !== false && options.runtime === "python";
  }

  /** Whoever connects as a zygote with this token. */
  claim(token: unknown): Zygote | undefined {
    return this.#zygote?.token === token ? (this.#zygote ?? undefined) : undefined;
  }

  get empty(): boolean {
    return this.#zygote === null;
  }

  /** A worker is wanted: `born` is called as soon as one can be started, perhaps before this returns. */
  next(born: (launch: Launch) => void): void {
    if (!this.#preload) return born(this.#fresh);
    if (this.#zygote?.ready && !this.#zygote.gone) return born(this.#zygote.fork);
    this.#waiting.push(born);
    this.start();
  }

  /** See to it that there is a zygote, if there is to be one. */
  start(): void {
    if (!this.#preload || this.#zygote || this.#stopping || this.#crashes.waits) return;
    this.#count += 1;
    try {
      this.#home.restore();
      const zygote = new Zygote(this.#options, this.#home, this.#count, {
        ready: (imported) => this.#ready(zygote, imported),
        ended: (end) => this.#ended(zygote, end),
        log: (pid, level, line) => this.#events.log(pid, level, line),
        broken: (pid, error) => this.#events.broken(pid, error),
      });
      this.#zygote = zygote;
    } catch (error) {
      // There is no room for its file, or no descriptor: the workers go on.
      this.#events.failed(noProcess(error as Error), 0);
    }
  }

  /** No more workers: what waits is forgotten, and the zygote ends once its workers have. */
  stop(): void {
    this.#stopping = true;
    this.#crashes.stop();
    this.#waiting.length = 0;
    if (this.#zygote && !this.#zygote.ready) this.#zygote.kill();
  }

  /** The workers have ended. */
  close(): void {
    this.#zygote?.end();
  }

  kill(): void {
    this.#zygote?.kill();
  }

  #ready(zygote: Zygote, imported: Imported): void {
    const took = Math.round(performance.now() - zygote.startedAt);
    this.#log.debug({ worker: zygote.pid }, `application imported after ${took} ms`);
    const waiting = this.#waiting.splice(0);
    const harm = describeHarm(imported);
    const always = this.#options.preload === true;
    if (harm !== null) this.#log.info(always ? `preload: true: ${harm.kept}` : harm.off);
    if (harm === null || always) {
      const once = describeOnce(imported);
      if (once !== null) this.#log.info(once);
      return waiting.forEach((born) => born(zygote.fork));
    }
    this.#preload = false;
    // What it has imported is not thrown away.
    const first = waiting.shift();
    if (first) first(zygote.become);
    else zygote.end();
    for (const born of waiting) born(this.#fresh);
  }

  #ended(zygote: Zygote, end: ProcessEnd): void {
    this.#zygote = null;
    if (this.#stopping) return this.#events.empty();
    if (!this.#preload) return;
    if (!zygote.ready) return this.#events.failed(end, zygote.pid);
    const what = `the process that workers are forked from died (${describeEnd(end)})`;
    const young = performance.now() - zygote.readyAt < YOUNG;
    const pause = young ? this.#crashes.failed(CHANCE) : 0;
    if (pause > 0)
      return this.#events.crashing(`${what} right after its import`, zygote.pid, pause);
    this.#log.error({ worker: zygote.pid }, `${what}, starting another`);
    this.start();
  }
}
