/** Runs something, and, however often it is asked for meanwhile, once more after that. */
export class OneAtATime<Result> {
  #now: Promise<Result> | null = null;
  #next: Promise<Result> | null = null;

  get running(): boolean {
    return this.#now !== null;
  }

  run(what: () => Promise<Result>): Promise<Result> {
    if (this.#now === null) {
      this.#now = what().finally(() => {
        this.#now = null;
      });
      return this.#now;
    }
    this.#next ??= this.#now
      .catch(() => {})
      .then(() => {
        this.#next = null;
        return this.run(what);
      });
    return this.#next;
  }
}
