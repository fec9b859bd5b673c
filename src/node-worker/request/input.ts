import { closeSync, openSync, readSync } from "node:fs";
import type { SyncInputStream } from "../../wsgi/types.ts";
import type { WholeBody } from "../../wsgi/whole-input.ts";

const EMPTY: Uint8Array = new Uint8Array(0);
const NEWLINE_BYTE = 10;
const READ_BYTES = 64 * 1024;

/** wsgi.input: the whole body of a request, in memory or in a temporary file of the front, read synchronously. */
export class Input implements SyncInputStream {
  readonly #source: Buffer;
  readonly #inFile: boolean;
  #buffer: Buffer;
  #descriptor: number | null = null;
  #opened = false;

  /** @param source the bytes, or the path of the file that holds them if `inFile` */
  constructor(source: Buffer, inFile: boolean) {
    this.#source = source;
    this.#inFile = inFile;
    this.#buffer = inFile ? Buffer.alloc(0) : source;
  }

  "quintet.whole"(): WholeBody | null {
    const untouched = this.#inFile ? !this.#opened : this.#buffer === this.#source;
    return untouched ? { content: this.#source, inFile: this.#inFile } : null;
  }

  read(size?: number): Uint8Array {
    if (size === undefined || size < 0) {
      while (this.#fill()) {}
      return this.#take(this.#buffer.length);
    }
    while (this.#buffer.length < size && this.#fill()) {}
    return this.#take(Math.min(size, this.#buffer.length));
  }

  readline(size?: number): Uint8Array {
    const limit = size === undefined || size < 0 ? Infinity : size;
    let searched = 0;
    for (;;) {
      const end = this.#buffer.indexOf(NEWLINE_BYTE, searched);
      if (end >= 0) return this.#take(Math.min(end + 1, limit));
      searched = this.#buffer.length;
      if (searched >= limit || !this.#fill()) return this.#take(Math.min(searched, limit));
    }
  }

  readlines(hint?: number): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let total = 0;
    for (const line of this) {
      lines.push(line);
      total += line.length;
      if (hint !== undefined && hint > 0 && total >= hint) break;
    }
    return lines;
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let line = this.readline(); line.length > 0; line = this.readline()) yield line;
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#opened = true;
    this.#buffer = Buffer.alloc(0);
  }

  #take(size: number): Uint8Array {
    if (size === 0) return EMPTY;
    const taken = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    return taken;
  }

  /** Read more of the file. @returns false at its end */
  #fill(): boolean {
    if (!this.#inFile) return false;
    if (!this.#opened) this.#descriptor = openSync(this.#source.toString(), "r");
    this.#opened = true;
    if (this.#descriptor === null) return false;
    const block = Buffer.allocUnsafe(READ_BYTES);
    const got = readSync(this.#descriptor, block, 0, block.length, null);
    if (got === 0) return false;
    const piece = block.subarray(0, got);
    this.#buffer = this.#buffer.length === 0 ? piece : Buffer.concat([this.#buffer, piece]);
    return true;
  }
}
