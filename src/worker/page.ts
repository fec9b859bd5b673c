import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";

const SIZE = 4096;
const NOTED = 0;
const RECALL = 8;

/**
 * The page that a worker maps and the front reads and writes with pread and pwrite: the number of the request the
 * worker began last, and the range of numbers that the front takes back. It works while the worker is deep in a call
 * of C, where no message would be read.
 */
export class Page {
  readonly path: string;
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(16);
  #linked = true;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, "wx+", 0o600);
    writeSync(this.#descriptor, Buffer.alloc(SIZE), 0, SIZE, 0);
  }

  /** The number of the request the worker began last; 0 before the first. */
  noted(): number {
    readSync(this.#descriptor, this.#words, 0, 8, NOTED);
    return Number(this.#words.readBigUInt64LE(0));
  }

  /**
   * Take back the numbers from `from` to `to`, then say which was begun: what is above it is surely not run.
   * The worker notes first and looks second, this side writes first and reads second, so one of them always sees.
   */
  recall(from: number, to: number): number {
    this.#words.writeBigUInt64LE(BigInt(from), 0);
    this.#words.writeBigUInt64LE(BigInt(to), 8);
    writeSync(this.#descriptor, this.#words, 0, 16, RECALL);
    return this.noted();
  }

  /** The worker has it mapped: its name is not needed any more. */
  unlink(): void {
    if (!this.#linked) return;
    this.#linked = false;
    unlinkSync(this.path);
  }

  close(): void {
    this.unlink();
    closeSync(this.#descriptor);
  }
}
