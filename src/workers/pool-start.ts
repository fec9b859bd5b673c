import type { QuintetError } from "../shared/errors.ts";
import type { WorkerFacts } from "../wire/json-messages.ts";

/** The start of a pool: it succeeds when enough workers serve, and fails with the first failure before that. */
export class PoolStart {
  #needed = 1;
  #pending: { resolve(facts: WorkerFacts): void; reject(error: QuintetError): void } | null = null;

  /**
   * Wait for the start.
   *
   * @param needed how many workers must serve
   * @returns the facts of the worker that completed the number
   * @throws {QuintetError} the error passed to fail()
   */
  wait(needed: number): Promise<WorkerFacts> {
    this.#needed = needed;
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
  }

  /** One more worker serves. */
  serving(count: number, facts: WorkerFacts): void {
    if (count < this.#needed) return;
    this.#pending?.resolve(facts);
    this.#pending = null;
  }

  /** @returns false if the start has succeeded or failed already */
  fail(error: QuintetError): boolean {
    if (this.#pending === null) return false;
    this.#pending.reject(error);
    this.#pending = null;
    return true;
  }
}
