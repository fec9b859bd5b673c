/** One change of what serves at a time; the Python master has the same: python/quintet/master/fronts/changes.py. */
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

  /** End the change, whatever came of it. */
  end(): void {
    this.#current = null;
    this.#over.resolve();
  }

  /** Resolves when nothing changes. */
  async untilFree(): Promise<void> {
    while (this.#current !== null) await this.#over.promise;
  }
}
