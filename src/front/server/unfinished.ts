import { setTimeout as sleep } from "node:timers/promises";
import type { Generations } from "./generations.ts";
import type { HttpEndpoint } from "./http-endpoint.ts";

const POLL_INTERVAL_MS = 50;

/** The requests that a server still has to finish before it can stop. */
export class Unfinished {
  readonly #http: HttpEndpoint;
  readonly #generations: Generations;

  constructor(http: HttpEndpoint, generations: Generations) {
    this.#http = http;
    this.#generations = generations;
  }

  /** How many requests run, or will once their bodies have arrived. */
  get count(): number {
    return this.#generations.running + this.#arriving;
  }

  /** How many bodies are arriving. Without workers nothing would be done with them. */
  get #arriving(): number {
    return this.#generations.serving.wanted > 0 ? this.#http.spool.taking : 0;
  }

  /** Resolves when all requests are answered, or this time in milliseconds has passed. */
  async finish(graceMs: number): Promise<void> {
    const grace = new Promise((resolve) => {
      setTimeout(resolve, graceMs).unref();
    });
    await Promise.race([this.#finished(), grace]);
  }

  async #finished(): Promise<void> {
    const { dispatcher } = this.#generations.serving.main;
    do {
      while (this.#arriving > 0) await sleep(POLL_INTERVAL_MS);
      await dispatcher.idle();
      await this.#generations.retired();
      await this.#http.listeners.flushed();
    } while (this.#arriving > 0 || dispatcher.waiting > 0 || dispatcher.running > 0);
  }

  /** Call something when the last client has left, or this time in milliseconds has passed. */
  whenClientsLeft(limitMs: number, call: () => void): void {
    const until = performance.now() + limitMs;
    const timer = setInterval(() => {
      if (this.#http.listeners.connections > 0 && performance.now() < until) return;
      clearInterval(timer);
      call();
    }, POLL_INTERVAL_MS);
  }
}
