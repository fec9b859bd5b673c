import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import {
  AT_EXIT,
  IN_HOOK,
  JOINING,
  LEAVING,
  NODE_EXITS,
  NOTED,
  PAGE_BYTES,
  RECALL_FROM,
  RUNNING,
  TIMED_OUT,
  WORD_BYTES,
} from "./page-words.ts";

/** What the log says of a worker that takes too long to end, by the value of LEAVING. */
const STEPS: Record<number, string> = {
  0: "which it has not begun to do",
  [IN_HOOK]: "in worker_exit",
  [JOINING]: "waiting for threads that the application has started",
  [AT_EXIT]: "in atexit, or what else Python does at its end",
  [NODE_EXITS]: "in what Node does at its end, such as handlers of beforeExit and exit",
};

/**
 * Milliseconds between writing a range and reading what was begun. A processor may let a load overtake the store before it, so
 * for some hundred nanoseconds a worker may have looked for a range while its note is not visible yet. Python has no barrier that
 * would prevent it. Waiting here costs the worker nothing.
 */
const STORE_DELAY_MS = 0.02;
/** A worker begins no request between two reads this often, unless it wants to keep the front reading. */
const MAX_READS = 1000;

/**
 * The page that a worker maps and the front reads and writes with pread and pwrite. It works while the worker is inside a C call,
 * where it reads no message.
 *
 * Taking back: the worker notes a number first and looks for a range second. The front writes the range first and reads the note
 * second. So whichever comes later sees the other's word, and no request runs twice.
 */
export class Page {
  readonly path: string;
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(2 * WORD_BYTES);
  #linked = true;

  /** @param path of the file to create */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, "wx+", 0o600);
    try {
      writeSync(this.#descriptor, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, 0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The number of the request that the worker began last; 0 before the first. */
  noted(): number {
    // A read while the worker writes may mix the bytes of two numbers. Two reads that agree do not.
    let last = this.#read(NOTED);
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const again = this.#read(NOTED);
      if (again === last) return again;
      last = again;
    }
    return last;
  }

  /**
   * Take back the numbers from `from` to `to`, both included.
   *
   * @returns the number begun last; what is above it is surely not run
   */
  recall(from: number, to: number): number {
    this.#words.writeBigUInt64LE(BigInt(from), 0);
    this.#words.writeBigUInt64LE(BigInt(to), WORD_BYTES);
    writeSync(this.#descriptor, this.#words, 0, 2 * WORD_BYTES, RECALL_FROM * WORD_BYTES);
    const until = performance.now() + STORE_DELAY_MS;
    while (performance.now() < until);
    return this.noted();
  }

  /** How many requests run, with what follows their responses, such as close(). */
  running(): number {
    return this.#read(RUNNING);
  }

  /** How far the worker's end has come, for the log. */
  leaving(): string {
    return STEPS[this.#read(LEAVING)] ?? (STEPS[0] as string);
  }

  /** Name the request that has timed out. */
  interrupt(number: number): void {
    this.#words.writeBigUInt64LE(BigInt(number), 0);
    writeSync(this.#descriptor, this.#words, 0, WORD_BYTES, TIMED_OUT * WORD_BYTES);
  }

  /** Remove the file. Call it when the worker has mapped the page. */
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
    readSync(this.#descriptor, this.#words, 0, WORD_BYTES, word * WORD_BYTES);
    return Number(this.#words.readBigUInt64LE(0));
  }
}
