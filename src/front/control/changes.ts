/** Allows one start or reload at a time. python/quintet/master/fronts/changes.py does the same in the master. */
export class Changes {
  #current: "start" | "reload" | null = "start";
  #over = Promise.withResolvers<void>();

  /** The change under way. */
  get current(): "start" | "reload" | null {
    return this.#current;
  }

  begin(change: "reload"): void {
    this.#current = change;
    this.#over = Promise.withResolvers();
  }

  /** End the change, whether it succeeded or failed. */
  end(): void {
    this.#current = null;
    this.#over.resolve();
  }

  /** Resolves when no change is under way. */
  async untilFree(): Promise<void> {
    while (this.#current !== null) await this.#over.promise;
  }
}
