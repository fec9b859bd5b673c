import { closeSync, constants as files, openSync, readSync, rmSync } from "node:fs";
import { constants } from "node:os";

/** Asks Python's faulthandler for the stacks of all threads; free of any other meaning in common libraries. */
export const STACK_SIGNAL: number = process.platform === "linux" ? 63 : constants.signals.SIGUSR2;
/** How long a process is given to write them, and how often is looked, in milliseconds. */
const STACK_TIME = 1000;
const STACK_PAUSE = 50;
/** Bytes that are read of them: hundreds of threads, each hundreds of calls deep. */
const STACK_MOST = 1024 * 1024;
/** The process that writes the file may put a link or a FIFO in its place, which must not stop this one. */
const NO_TRICK = files.O_NONBLOCK | files.O_NOFOLLOW;

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
      closeSync(openSync(this.path, files.O_WRONLY | files.O_TRUNC | NO_TRICK));
    } catch {
      // not there yet
    }
  }

  #text(): string {
    try {
      return readBegin(this.path);
    } catch {
      return this.#last;
    }
  }
}

function readBegin(path: string): string {
  const descriptor = openSync(path, files.O_RDONLY | NO_TRICK);
  try {
    const buffer = Buffer.allocUnsafe(STACK_MOST);
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, STACK_MOST, null));
  } finally {
    closeSync(descriptor);
  }
}
