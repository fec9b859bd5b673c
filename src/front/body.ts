import { accessSync, constants, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { QuintetError } from "../errors.ts";
import { checkLength } from "./head.ts";
import { openSpoolFile, type SpoolFile } from "./spool-file.ts";

/** Request bodies in memory take at most this much together, in bytes; then also small ones go to a file. */
const MEMORY_IN_ALL = 64 * 1024 * 1024;
/** And one at most this much, also where there is no file for it: so much goes to a worker at once. */
const MEMORY_OF_ONE = 16 * 1024 * 1024;

export interface SpoolLimits {
  /** Bytes of one body that are kept in memory. */
  memory: number;
  /** Bytes of all bodies together, in memory and in files. */
  total: number;
  /** Bytes of one response that are kept in a file. */
  response: number;
  folder: string;
}

/** A whole request body: its bytes, or the path under which a worker can open its file. */
export interface Body {
  content: Buffer;
  inFile: boolean;
  size: number;
  /** Why it is in memory though it is too long for that; null if it is not. */
  unspooled: unknown;
  release(): void;
}

/** A body that is being taken: in `chunks`, or in `file`. */
interface Held {
  size: number;
  chunks: Buffer[];
  file: SpoolFile | null;
  unspooled: unknown;
}

/** Takes request bodies whole before a worker sees them, so that a slow upload costs no worker. It counts what responses hold, too. */
export class Spool {
  readonly limits: SpoolLimits;
  /** How many bodies are on their way: nobody else knows their requests yet. */
  taking = 0;
  #held = 0;
  #inMemory = 0;

  constructor(limits: SpoolLimits) {
    this.limits = limits;
  }

  /**
   * @param limit bytes of this body; 0 for no limit
   * @throws {Refusal} for more than that
   * @throws {QuintetError} QUINTET_BODY_QUOTA when all bodies together take too much; the request can still be answered
   * @throws the stream's own error when the client leaves
   */
  async take(source: Readable, limit = 0): Promise<Body> {
    const held: Held = { size: 0, chunks: [], file: null, unspooled: null };
    this.taking += 1;
    try {
      for await (const chunk of source.iterator({ destroyOnReturn: false })) {
        const data = chunk as Buffer;
        checkLength(held.size + data.length, limit);
        this.checkQuota(data.length);
        await this.#hold(held, data);
      }
    } catch (error) {
      this.#release(held);
      throw error;
    } finally {
      this.taking -= 1;
    }
    const { size, chunks, file, unspooled } = held;
    const content = file
      ? Buffer.from(file.path)
      : chunks.length === 1
        ? (chunks[0] as Buffer)
        : Buffer.concat(chunks);
    const release = (): void => this.#release(held);
    return { content, inFile: file !== null, size, unspooled, release };
  }

  async #hold(held: Held, data: Buffer): Promise<void> {
    this.#held += data.length;
    held.size += data.length;
    if (held.file === null) {
      this.#inMemory += data.length;
      held.chunks.push(data);
      if (held.size <= this.limits.memory && this.#inMemory <= MEMORY_IN_ALL) return;
      if (held.unspooled !== null) return this.#checkRoom(held.size, 0, held.unspooled);
    }
    try {
      if (held.file === null) await this.#moveToFile(held);
      else await held.file.write(data);
    } catch (error) {
      await this.#keepInMemory(held, data, error);
    }
  }

  async #moveToFile(held: Held): Promise<void> {
    const file = await openSpoolFile(this.limits.folder);
    try {
      for (const each of held.chunks) await file.write(each);
    } catch (error) {
      file.close();
      throw error;
    }
    held.file = file;
    held.chunks = [];
    this.#inMemory -= held.size;
  }

  /** A disk that fails or is full costs memory before it costs the request. */
  async #keepInMemory(held: Held, last: Buffer, error: unknown): Promise<void> {
    const { file, size } = held;
    this.#checkRoom(size, file ? size : 0, error);
    held.unspooled = error;
    if (file === null) return;
    const before = await file.read(0, size - last.length);
    file.close();
    held.file = null;
    held.chunks = [before, last];
    this.#inMemory += size;
  }

  /** @throws why it is to be in memory, if there is no room for it */
  #checkRoom(size: number, more: number, error: unknown): void {
    if (size > MEMORY_OF_ONE || this.#inMemory + more > MEMORY_IN_ALL) throw error;
  }

  #release(held: Held): void {
    this.#held -= held.size;
    if (held.file) held.file.close();
    else this.#inMemory -= held.size;
    held.size = 0;
  }

  /**
   * Ask for room for a piece of a response whose client reads slowly. Responses get the first half alone: a request that
   * is refused is worse than a worker that waits.
   */
  holdResponse(bytes: number): boolean {
    if (this.#held + bytes > this.limits.total / 2) return false;
    this.#held += bytes;
    return true;
  }

  /** Give that room back. */
  releaseResponse(bytes: number): void {
    this.#held -= bytes;
  }

  /** @throws {QuintetError} QUINTET_BODY_QUOTA if so many bytes more are too many, such as those a client announces */
  checkQuota(more: number): void {
    if (this.#held + more <= this.limits.total) return;
    const message = `request bodies hold ${this.#held} bytes, and this one adds ${more}`;
    throw new QuintetError("QUINTET_BODY_QUOTA", message);
  }
}

/**
 * Where a temporary folder cannot be used, better to say so before the first upload comes.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkSpoolFolder(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (statSync(folder).isDirectory()) return;
  } catch {
    // said below
  }
  const message = `tempDir is ${JSON.stringify(folder)}, and should be a folder that this user may write to.`;
  throw new QuintetError("QUINTET_SETTING", message);
}
