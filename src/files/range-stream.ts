import { Readable } from "node:stream";
import { closeFile, runFileJob } from "./file-threads.ts";
import type { FileRange } from "./jobs.ts";

/** Bytes that are read at a time. */
const BLOCK = 64 * 1024;

/** Part of a file as a stream, which closes it. It ends early where the file does. */
export class RangeStream extends Readable {
  readonly #at: string;
  readonly #descriptor: number;
  #position: number;
  #left: number;
  #reading = false;

  /** @param at the place of the file */
  constructor(at: string, { descriptor, position, size }: FileRange) {
    super({ highWaterMark: BLOCK });
    this.#at = at;
    this.#descriptor = descriptor;
    this.#position = position;
    this.#left = size;
  }

  override _read(): void {
    if (this.#left === 0) return void this.push(null);
    const size = Math.min(BLOCK, this.#left);
    const part = { descriptor: this.#descriptor, position: this.#position, size };
    this.#reading = true;
    runFileJob(this.#at, "read", part).then(
      (data) => {
        if (this.#over()) return;
        this.#position += data.length;
        this.#left -= data.length;
        this.push(data.length === 0 ? null : data);
      },
      (error: Error) => this.#over() || this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Not while it is being read: its number may be another file's by then.
    if (!this.#reading) closeFile(this.#at, this.#descriptor);
    done(error);
  }

  /** What was read has come, or never will. */
  #over(): boolean {
    this.#reading = false;
    if (this.destroyed) closeFile(this.#at, this.#descriptor);
    return this.destroyed;
  }
}
