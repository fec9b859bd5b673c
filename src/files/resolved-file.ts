import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync } from "node:fs";
import { type BigIntStats, realpathSync, type Stats, statSync } from "node:fs";
import { sep } from "node:path";

/** Linux's O_PATH, which Node has no name for: it finds a file and does not open it, so no device and no FIFO notices. */
const FIND = 0o10000000;

/** Neither waits for the writer of a FIFO, nor makes a terminal ours. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** There a descriptor has a path of its own, which leads to what it is open on and nowhere else. */
const DESCRIPTORS = "/proc/self/fd";
const hasDescriptors = process.platform === "linux" && existsSync(DESCRIPTORS);

/**
 * What a name has led to, looked up once: whoever can change the name cannot make it another file any more. It is to be
 * closed.
 */
export class ResolvedFile {
  readonly name: string;
  readonly stats: Stats;
  #descriptor: number;

  /** @throws a system error if there is nothing of that name, or it cannot be reached */
  constructor(name: string) {
    this.name = name;
    this.#descriptor = openSync(name, hasDescriptors ? FIND : READ);
    try {
      this.stats = fstatSync(this.#descriptor);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** With numbers of files beyond what a double can tell apart. */
  bigStats(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  /** Whether it is in that folder once all links have been followed. */
  isInside(folder: string): boolean {
    const root = realpathSync.native(folder, "latin1");
    return this.#realPath().startsWith(root.endsWith(sep) ? root : root + sep);
  }

  /** In latin1, for names may be no UTF-8; empty if its name leads elsewhere by now. */
  #realPath(): string {
    // That is the kernel's own knowledge.
    if (hasDescriptors) return readlinkSync(this.#path, "latin1");
    const real = realpathSync.native(this.name, "latin1");
    const there = statSync(Buffer.from(real, "latin1"));
    return there.dev === this.stats.dev && there.ino === this.stats.ino ? real : "";
  }

  /** A descriptor to read from. Only for a regular file: all else would notice. */
  open(): number {
    if (hasDescriptors) return openSync(this.#path, READ);
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    return descriptor;
  }

  get #path(): string {
    return `${DESCRIPTORS}/${this.#descriptor}`;
  }

  close(): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}
