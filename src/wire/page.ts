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

/** How the log describes a worker that takes too long to end, by the value of LEAVING. */
const STEPS: Record<number, string> = {
  0: "although it has not begun to exit",
  [IN_HOOK]: "in worker_exit",
  [JOINING]: "waiting for threads that the application has started",
  [AT_EXIT]: "in atexit, or in Python's steps after it",
  [NODE_EXITS]: "in Node's exit, such as handlers of beforeExit and exit",
};

/**
 * Milliseconds between writing a range and reading the note. A processor may execute a load before an earlier store, so for
 * some hundred nanoseconds a worker may have looked for a range although its note is not visible yet. Python has no memory
 * barrier to prevent that. Waiting here costs the worker nothing.
 */
const STORE_DELAY_MS = 0.02;
/** Limits how often the note is read again. A worker that changes it between this many reads does so deliberately. */
const MAX_READS = 1000;

/**
 * The page that a worker maps and the front reads and writes with pread and pwrite. Unlike messages, it works while the worker
 * is inside a C call.
 *
 * Recalling: the worker first notes a number, then reads the recalled range. The front first writes the range, then reads the
 * note. Whichever side comes later sees what the other wrote, so no request runs twice.
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
    // A read during a write may mix the bytes of two numbers, so read until two reads agree.
    let last = this.#read(NOTED);
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const again = this.#read(NOTED);
      if (again === last) return again;
      last = again;
    }
    return last;
  }

  /**
   * Recall the numbers from `from` to `to`, inclusive.
   *
   * @returns the number begun last; higher ones have certainly not begun
   */
  recall(from: number, to: number): number {
    this.#words.writeBigUInt64LE(BigInt(from), 0);
    this.#words.writeBigUInt64LE(BigInt(to), WORD_BYTES);
    writeSync(this.#descriptor, this.#words, 0, 2 * WORD_BYTES, RECALL_FROM * WORD_BYTES);
    const until = performance.now() + STORE_DELAY_MS;
    while (performance.now() < until);
    return this.noted();
  }

  /** How many requests run, including the work after their responses, such as close(). */
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
