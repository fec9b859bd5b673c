import { closeSync, constants, existsSync, fstatSync, openSync, readlinkSync } from "node:fs";
import { type BigIntStats, realpathSync, type Stats, statSync } from "node:fs";
import { sep } from "node:path";

/** Linux's O_PATH, which Node does not export. It finds a file without opening it, so devices and FIFOs do not notice. */
const O_PATH = 0o10000000;

/** Opening does not wait for the writer of a FIFO, and does not make a terminal our controlling terminal. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The folder in which each descriptor has a path that leads to its file, even if the file's name now leads elsewhere. */
const DESCRIPTORS = "/proc/self/fd";
const hasDescriptorPaths = process.platform === "linux" && existsSync(DESCRIPTORS);

/**
 * The file that a name leads to. It is looked up once, so a later change of the name cannot put another file in its place.
 * Must be closed.
 */
export class ResolvedFile {
  readonly name: string;
  readonly stats: Stats;
  #descriptor: number;

  /** @throws a system error if there is no such file, or it cannot be reached */
  constructor(name: string) {
    this.name = name;
    this.#descriptor = openSync(name, hasDescriptorPaths ? O_PATH : READ_FLAGS);
    try {
      this.stats = fstatSync(this.#descriptor);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The status with exact inode numbers, which may be too large for a double. */
  bigStats(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  /** Whether the file is in a folder, after all links have been followed. */
  isInside(folder: string): boolean {
    const root = realpathSync.native(folder, "latin1");
    return this.#realPath().startsWith(root.endsWith(sep) ? root : root + sep);
  }

  /** The path without links, as latin1, because names may be invalid UTF-8. Empty if the name now leads elsewhere. */
  #realPath(): string {
    if (hasDescriptorPaths) return readlinkSync(this.#path, "latin1");
    const real = realpathSync.native(this.name, "latin1");
    const there = statSync(Buffer.from(real, "latin1"));
    return there.dev === this.stats.dev && there.ino === this.stats.ino ? real : "";
  }

  /** Opens the file for reading. Only for regular files, because devices and FIFOs would notice.
   *
   * @returns the descriptor, which the caller must close
   */
  open(): number {
    if (hasDescriptorPaths) return openSync(this.#path, READ_FLAGS);
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
