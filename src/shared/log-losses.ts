import type { destination } from "pino";
import type { Log } from "./log.ts";

export type Destination = ReturnType<typeof destination>;

/** The losses of the logs that are open. */
const open = new Set<LogLosses>();
process.prependListener("exit", () => {
  for (const each of open) each.atExit();
});

/** Counts the lines that a log could not write. The server keeps running, and the log says later how many lines are lost. */
export class LogLosses {
  readonly #log: () => Log;
  readonly #out: Destination;
  #error: Error | null = null;
  #lines = 0;

  constructor(out: Destination, log: () => Log) {
    this.#log = log;
    this.#out = out;
    open.add(this);
    out.on("error", (error: Error) => {
      this.#error = error;
    });
    out.on("drop", () => (this.#lines += 1));
    out.on("write", () => this.#error !== null && this.report());
    // Also report for a reader that is only slow: while its pipe is full, lines are lost.
    out.on("drain", () => this.report());
  }

  /** The log is closed. */
  forget(): void {
    open.delete(this);
  }

  /** Drop lines that still cannot be written: otherwise the process could not exit. */
  atExit(): void {
    if (this.#error !== null) this.#out.destroy();
  }

  /** The log can be written again: report what was lost. */
  report(): void {
    const [error, lines] = [this.#error, this.#lines];
    if (error === null && lines === 0) return;
    this.#error = null;
    this.#lines = 0;
    const lost =
      lines === 0 ? "no line is lost" : lines === 1 ? "a line is lost" : `${lines} lines are lost`;
    setImmediate(() =>
      this.#log().error(
        `the log could not be written (${error?.message ?? "nobody read it"}): ${lost}`,
      ),
    );
  }
}
