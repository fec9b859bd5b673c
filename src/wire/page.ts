import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";

const SIZE = 4096;
const NOTED = 0;
const RECALL = 8;
const INTERRUPT = 24;
export const RUNNING = 32;
export const LEAVING = 40;
/** What is in there when a worker ends. That of Python is in python/quintet/wire/page.py, too. */
const STEPS = [
  "which it has not begun to do",
  "in worker_exit",
  "waiting for threads that the application has started",
  "in atexit, or what else Python does at its end",
  "in what Node does at its end, such as handlers of beforeExit and exit",
] as const;
export const NODE_ENDS = 4n;
/**
 * Milliseconds between writing a range and reading what was begun. A processor may let a load overtake the store before
 * it, so for some nanoseconds (a few hundred at worst) a worker may have looked for a range without its note being seen.
 * Python has no barrier to forbid that; giving the note time to come out costs the worker nothing.
 */
const STORE_TIME = 0.02;
/** A worker begins no new request between any two of so many looks, unless it only means to keep us looking. */
const MOST_TRIES = 1000;

/**
 * The page that a worker maps and the front reads and writes with pread and pwrite: the number of the request the
 * worker began last, the range of numbers that the front takes back, the request that has run out of time, and how many
 * run. It works while the worker is deep in a call of C, where no message would be read.
 */
export class Page {
  readonly path: string;
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(16);
  #linked = true;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, "wx+", 0o600);
    try {
      writeSync(this.#descriptor, Buffer.alloc(SIZE), 0, SIZE, 0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The number of the request the worker began last; 0 before the first. */
  noted(): number {
    // A copy made while the worker writes may mix the bytes of two numbers; two copies that agree do not.
    let last = this.#read(NOTED);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const again = this.#read(NOTED);
      if (again === last) return again;
      last = again;
    }
    return last;
  }

  /**
   * Take back the numbers from `from` to `to`, then say which was begun: what is above it is surely not run.
   * The worker notes first and looks second, this side writes first and reads second, so one of them always sees.
   */
  recall(from: number, to: number): number {
    this.#words.writeBigUInt64LE(BigInt(from), 0);
    this.#words.writeBigUInt64LE(BigInt(to), 8);
    writeSync(this.#descriptor, this.#words, 0, 16, RECALL);
    const until = performance.now() + STORE_TIME;
    while (performance.now() < until);
    return this.noted();
  }

  /**
   * How many requests the worker runs, with what follows their responses, such as close(). One of Node says it when it has
   * been told to end, and then only whether there are any.
   */
  running(): number {
    return this.#read(RUNNING);
  }

  /** How far its end has come, for the log. */
  leaving(): string {
    return STEPS[this.#read(LEAVING)] ?? STEPS[0];
  }

  /** Name the request that has run out of time. */
  interrupt(number: number): void {
    this.#words.writeBigUInt64LE(BigInt(number), 0);
    writeSync(this.#descriptor, this.#words, 0, 8, INTERRUPT);
  }

  /** The worker has it mapped: its name is not needed any more. */
  unlink(): void {
    if (!this.#linked) return;
    this.#linked = false;
    rmSync(this.path, { force: true });
  }

  close(): void {
    this.unlink();
    closeSync(this.#descriptor);
  }

  #read(word: number): number {
    readSync(this.#descriptor, this.#words, 0, 8, word);
    return Number(this.#words.readBigUInt64LE(0));
  }
}
