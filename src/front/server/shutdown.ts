import { setTimeout as sleep } from "node:timers/promises";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { pluralize } from "../../shared/pluralize.ts";
import { sayCutOff } from "./announce.ts";
import type { Generations } from "./generations.ts";
import type { HttpEndpoint } from "./http-endpoint.ts";

const POLL_INTERVAL_MS = 50;

/** Finishes what clients have begun before a server stops. */
export class Shutdown {
  readonly #http: HttpEndpoint;
  readonly #generations: Generations;
  readonly #log: Log;

  constructor(http: HttpEndpoint, generations: Generations, log: Log) {
    this.#http = http;
    this.#generations = generations;
    this.#log = log;
  }

  /** How many requests run, or will once their bodies have arrived. */
  get running(): number {
    return this.#generations.running + this.#arriving;
  }

  /** How many bodies are arriving. Without workers nothing would be done with them. */
  get #arriving(): number {
    return this.#generations.serving.wanted > 0 ? this.#http.spool.buffering : 0;
  }

  /**
   * Take no new connections; another front does. Open ones are served to their end: the next answer says that it is the last. An idle
   * one is kept as long as usual, because its client may have sent a request already.
   *
   * @param limitMs time limit for clients to leave, in milliseconds
   * @param left is called when the last client has left, or the time has passed
   */
  drain(limitMs: number, left: () => void): void {
    const { listeners } = this.#http;
    const connections = pluralize(listeners.connections, "connection");
    this.#log.info(`front ${process.pid} takes no new connections; ${connections} left to it`);
    listeners.drain("leave idle");
    // No signal can bring workers back that were sent away.
    this.#generations.serving.bringBack("some requests are left to this front");
    const until = performance.now() + limitMs;
    const timer = setInterval(() => {
      if (listeners.connections > 0 && performance.now() < until) return;
      clearInterval(timer);
      left();
    }, POLL_INTERVAL_MS);
  }

  /**
   * Let running requests finish, and end all workers and connections.
   *
   * @param graceMs milliseconds after which what still runs is cut off
   */
  async stop(graceMs: number): Promise<void> {
    const stopping = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    await this.#generations.abort();
    const { main, wanted } = this.#generations.serving;
    const { dispatcher } = main;
    // If all workers were sent away, nothing that waits for one would be answered.
    if (wanted === 0) dispatcher.close(stopping, true);
    this.#http.listeners.drain("end idle");
    const until = performance.now() + graceMs;
    const grace = new Promise((resolve) => {
      setTimeout(resolve, graceMs).unref();
    });
    await Promise.race([this.#finished(), grace]);
    sayCutOff(this.#log, this.running, graceMs);
    dispatcher.close(stopping, true);
    await this.#generations.stop(until - performance.now());
    this.#http.listeners.close();
  }

  /** Resolves when no body arrives, no request waits or runs, and every answer has been sent. */
  async #finished(): Promise<void> {
    const { dispatcher } = this.#generations.serving.main;
    do {
      while (this.#arriving > 0) await sleep(POLL_INTERVAL_MS);
      await dispatcher.idle();
      await this.#generations.retired();
      await this.#http.listeners.flushed();
    } while (this.#arriving > 0 || dispatcher.waiting > 0 || dispatcher.running > 0);
  }
}
