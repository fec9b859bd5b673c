import { Readable } from "node:stream";
import { closeFile, runFileJob } from "./file-threads.ts";
import type { FileRange } from "./jobs.ts";

/** Bytes that are read at a time. */
const BLOCK_BYTES = 64 * 1024;

/** Part of an open file as a stream. It closes the file. If the file has become shorter, the stream ends early. */
export class RangeStream extends Readable {
  readonly #place: string;
  readonly #descriptor: number;
  #position: number;
  #left: number;
  #isReading = false;

  /** @param place of the file, see runFileJob */
  constructor(place: string, { descriptor, position, size }: FileRange) {
    super({ highWaterMark: BLOCK_BYTES });
    this.#place = place;
    this.#descriptor = descriptor;
    this.#position = position;
    this.#left = size;
  }

  override _read(): void {
    if (this.#left === 0) return void this.push(null);
    const size = Math.min(BLOCK_BYTES, this.#left);
    const range = { descriptor: this.#descriptor, position: this.#position, size };
    this.#isReading = true;
    runFileJob(this.#place, "read", range).then(
      (data) => {
        if (this.#finishRead()) return;
        this.#position += data.length;
        this.#left -= data.length;
        this.push(data.length === 0 ? null : data);
      },
      (error: Error) => this.#finishRead() || this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Do not close it during a read: another file could get the descriptor before the read begins.
    if (!this.#isReading) closeFile(this.#place, this.#descriptor);
    done(error);
  }

  /** @returns whether the stream was destroyed during the read */
  #finishRead(): boolean {
    this.#isReading = false;
    if (this.destroyed) closeFile(this.#place, this.#descriptor);
    return this.destroyed;
  }
}
