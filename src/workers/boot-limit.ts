import type { WorkerFailure } from "../wire/json-messages.ts";

/** A process has so long to load the application. If that is not enough, where it hangs is said. */
export class BootLimit {
  readonly #timer: NodeJS.Timeout | undefined;
  #met = false;

  /** @param milliseconds 0 for no limit */
  constructor(
    milliseconds: number,
    process: { stacks(): Promise<string>; failed(failure: WorkerFailure): void },
  ) {
    if (milliseconds === 0) return;
    this.#timer = setTimeout(async () => {
      const trace = await process.stacks();
      if (this.#met) return;
      const message = `The application was not loaded within ${milliseconds / 1000} s.`;
      process.failed({ code: "QUINTET_BOOT_TIMEOUT", message, trace, python: "" });
    }, milliseconds);
    this.#timer.unref();
  }

  /** It is loaded, or has ended. */
  met(): void {
    this.#met = true;
    clearTimeout(this.#timer);
  }
}
