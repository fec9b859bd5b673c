import { setTimeout as sleep } from "node:timers/promises";
import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import { pluralize } from "../../shared/pluralize.ts";
import { logCutOff } from "./announce.ts";
import type { Generations } from "./generations.ts";
import type { HttpEndpoint } from "./http-endpoint.ts";

const POLL_INTERVAL_MS = 50;

/** Finishes the requests that clients have begun before a server stops. */
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

  /** How many bodies are arriving; 0 if there are no workers, which could not use them. */
  get #arriving(): number {
    return this.#generations.serving.wanted > 0 ? this.#http.spool.buffering : 0;
  }

  /**
   * Accept no new connections; another front does. Each open connection is closed after its next response. An idle one stays
   * open as long as usual, because its client may have sent a request already.
   *
   * @param limitMs time limit for clients to leave, in milliseconds
   * @param left called when the last client has left, or the time is up
   */
  drain(limitMs: number, left: () => void): void {
    const { listeners } = this.#http;
    const connections = pluralize(listeners.connections, "connection");
    this.#log.info(`front ${process.pid} takes no new connections; ${connections} left to it`);
    listeners.drain("leave idle");
    // If the workers were scaled to 0, no signal reaches this front any more that could bring them back.
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
   * @param graceMs milliseconds after which running requests are cut off
   */
  async stop(graceMs: number): Promise<void> {
    const stopping = new QuintetError("QUINTET_STOPPING", "The server is being stopped.");
    await this.#generations.abort();
    const { main, wanted } = this.#generations.serving;
    const { dispatcher } = main;
    // If the workers were scaled to 0, waiting requests would never be answered.
    if (wanted === 0) dispatcher.close(stopping, true);
    this.#http.listeners.drain("end idle");
    const until = performance.now() + graceMs;
    const grace = new Promise((resolve) => {
      setTimeout(resolve, graceMs).unref();
    });
    await Promise.race([this.#finished(), grace]);
    logCutOff(this.#log, this.running, graceMs);
    dispatcher.close(stopping, true);
    await this.#generations.stop(until - performance.now());
    this.#http.listeners.close();
  }

  /** Resolves when no body is arriving, no request is waiting or running, and every response has been sent. */
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
