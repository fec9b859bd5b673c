import type { WorkerFailure } from "../../wire/json-messages.ts";

interface BootingProcess {
  /** The stacks of the process, which show where it hangs. */
  stacks(): Promise<string>;
  /** Note the reason to report if the process ends before it has loaded the application. */
  noteFailure(failure: WorkerFailure): void;
  /** Note the failure, and kill the process. */
  failToStart(failure: WorkerFailure): void;
}

/** Limits how long a process may take to load the application. On a timeout it reports where the process hangs. */
export class BootTimeout {
  readonly #limitMs: number;
  readonly #process: BootingProcess;
  #timer: NodeJS.Timeout | undefined;
  #cleared = false;

  /** @param limitMs 0 for no limit */
  constructor(limitMs: number, process: BootingProcess) {
    this.#limitMs = limitMs;
    this.#process = process;
  }

  /** The process is being started. */
  start(): void {
    if (this.#limitMs > 0) this.#timer = setTimeout(() => void this.#end(), this.#limitMs).unref();
  }

  /** The application is loaded, or the process has ended. */
  clear(): void {
    this.#cleared = true;
    clearTimeout(this.#timer);
  }

  async #end(): Promise<void> {
    const message = `The application was not loaded within ${this.#limitMs / 1000} s.`;
    const failure = { code: "QUINTET_BOOT_TIMEOUT", message, trace: "", python: "" };
    // If the process cannot handle the signal for its stacks yet, the signal kills it.
    this.#process.noteFailure(failure);
    const trace = await this.#process.stacks();
    if (!this.#cleared) this.#process.failToStart({ ...failure, trace });
  }
}
