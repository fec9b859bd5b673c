import type { Spool } from "./spool.ts";
import { openSpoolFile, type SpoolFile } from "./spool-file.ts";

/** The number of bytes that are read from the file at a time. */
const BLOCK_BYTES = 64 * 1024;

/**
 * A queue of bytes that can move from memory to a temporary file. The bytes in the file are older, so they come out first.
 * Only one of the methods that return a promise may run at a time.
 */
export class SpoolQueue {
  readonly #spool: Spool | null;
  #pieces: Buffer[] = [];
  #file: SpoolFile | null = null;
  /** The position of the next byte to read, and the end of the file. */
  #readPosition = 0;
  #fileBytes = 0;
  /** Set after a failed write; no other is tried. */
  #hasFailed = false;

  /** @param spool null to keep everything in memory */
  constructor(spool: Spool | null) {
    this.#spool = spool;
  }

  get isEmpty(): boolean {
    return !this.hasSpilled && this.#pieces.length === 0;
  }

  /** Whether the next bytes are in the file. */
  get hasSpilled(): boolean {
    return this.#readPosition < this.#fileBytes;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
  }

  /** Removes the oldest piece in memory. The file must be empty. */
  shift(): Buffer | undefined {
    return this.#pieces.shift();
  }

  /** Removes the next block in the file, which must not be empty. */
  async readSpilled(): Promise<Buffer> {
    const size = Math.min(BLOCK_BYTES, this.#fileBytes - this.#readPosition);
    const block = await (this.#file as SpoolFile).read(this.#readPosition, size);
    if (block.length === 0) throw new Error("a temporary file is shorter than what was written");
    this.#readPosition += block.length;
    if (!this.hasSpilled) this.#removeFile();
    return block;
  }

  /**
   * Moves everything in memory to the file.
   *
   * @returns the number of bytes moved; 0 if there are none, or if a limit does not allow it
   * @throws a system error, or QuintetError QUINTET_FILE_UNAVAILABLE, if the file cannot be written; nothing is lost
   */
  async spill(): Promise<number> {
    const pieces = this.#pieces;
    if (pieces.length === 0 || this.#spool === null || this.#hasFailed) return 0;
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    const { response: maxFileBytes, folder } = this.#spool.limits;
    if (this.#fileBytes + size > maxFileBytes || !this.#spool.holdResponse(size)) return 0;
    const data = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size);
    this.#pieces = [];
    try {
      this.#file ??= await openSpoolFile(folder);
      await this.#file.write(data, this.#fileBytes);
    } catch (error) {
      this.#spool.releaseResponse(size);
      this.#hasFailed = true;
      this.#pieces.unshift(data);
      // Remove an empty file now, because it is normally removed when it has been read.
      if (!this.hasSpilled) this.#removeFile();
      throw error;
    }
    this.#fileBytes += size;
    return size;
  }

  /** Drops everything. */
  clear(): void {
    this.#pieces = [];
    this.#removeFile();
  }

  #removeFile(): void {
    this.#spool?.releaseResponse(this.#fileBytes);
    this.#readPosition = 0;
    this.#fileBytes = 0;
    this.#file?.close();
    this.#file = null;
  }
}
