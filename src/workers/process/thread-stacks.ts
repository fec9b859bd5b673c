import { closeSync, constants as files, openSync, readSync, rmSync } from "node:fs";

/** How long a process may take to write its stacks. */
const TIMEOUT_MS = 1000;
const POLL_INTERVAL_MS = 50;
/** Enough for hundreds of threads whose calls are hundreds deep. */
const MAX_BYTES = 1024 * 1024;
/** The worker could replace the file by a symbolic link or a FIFO, which must not block this process. */
const SAFE_OPEN = files.O_NONBLOCK | files.O_NOFOLLOW;

/** The file to which a process writes the stacks of its threads. */
export class StacksFile {
  readonly path: string;
  /**
   * What the file held when it was removed. The signal makes some C calls fail and the process exit; its stacks are then still
   * here.
   */
  #last = "";

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Have the process write its stacks, and read them.
   *
   * @param request asks the process; returns false if the process cannot be asked
   * @returns the stacks, or "" if none came in time
   */
  async read(request: () => boolean): Promise<string> {
    this.#empty();
    if (!request()) return "";
    // Nothing marks the end of the text. It is complete when it has stopped growing.
    let text = "";
    for (let waited = 0; waited < TIMEOUT_MS; waited += POLL_INTERVAL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
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
      closeSync(openSync(this.path, files.O_WRONLY | files.O_TRUNC | SAFE_OPEN));
    } catch {
      // The process has not made it yet.
    }
  }

  #text(): string {
    try {
      return readStart(this.path);
    } catch {
      return this.#last;
    }
  }
}

function readStart(path: string): string {
  const descriptor = openSync(path, files.O_RDONLY | SAFE_OPEN);
  try {
    const buffer = Buffer.allocUnsafe(MAX_BYTES);
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, MAX_BYTES, null));
  } finally {
    closeSync(descriptor);
  }
}
