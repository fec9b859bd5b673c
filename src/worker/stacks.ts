import { readFileSync, rmSync, truncateSync } from "node:fs";
import { constants } from "node:os";

/** Asks Python's faulthandler for the stacks of all threads; free of any other meaning in common libraries. */
export const STACK_SIGNAL: number = process.platform === "linux" ? 63 : constants.signals.SIGUSR2;
/** How long a process is given to write them, and how often is looked, in milliseconds. */
const STACK_TIME = 1000;
const STACK_PAUSE = 50;

/** The file into which a process writes where its threads are. */
export class StacksFile {
  readonly path: string;
  /** What stood in it when it was removed: the process may end, as a call of C ends at the signal, before that is read. */
  #last = "";

  constructor(path: string) {
    this.path = path;
  }

  /** What it writes when it is asked, if it can be. */
  async read(ask: () => boolean): Promise<string> {
    this.#empty();
    if (!ask()) return "";
    // There is no sign of its end: it is whole when it has not grown for a while.
    let text = "";
    for (let waited = 0; waited < STACK_TIME; waited += STACK_PAUSE) {
      await new Promise((resolve) => setTimeout(resolve, STACK_PAUSE));
      const before = text;
      text = this.#text();
      if (text && text === before) break;
    }
    return text.trim();
  }

  remove(): void {
    this.#last = this.#text();
    rmSync(this.path, { force: true });
  }

  #empty(): void {
    try {
      truncateSync(this.path);
    } catch {
      // not there yet
    }
  }

  #text(): string {
    try {
      return readFileSync(this.path, "utf8");
    } catch {
      return this.#last;
    }
  }
}
