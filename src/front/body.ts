import { accessSync, constants, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { QuintetError } from "../errors.ts";
import { checkLength } from "./head.ts";
import { openSpoolFile, type SpoolFile } from "./spool-file.ts";

/** Request bodies in memory take at most this much together, in bytes; then also small ones go to a file. */
const MEMORY_IN_ALL = 64 * 1024 * 1024;

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
  release(): void;
}

/** Takes request bodies whole before a worker sees them, so that a slow upload costs no worker. It counts what responses hold, too. */
export class Spool {
  readonly limits: SpoolLimits;
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
    const chunks: Buffer[] = [];
    let size = 0;
    let file: SpoolFile | null = null;
    const release = (): void => {
      this.#held -= size;
      if (file) file.close();
      else this.#inMemory -= size;
      size = 0;
    };
    try {
      for await (const chunk of source.iterator({ destroyOnReturn: false })) {
        const data = chunk as Buffer;
        checkLength(size + data.length, limit);
        this.checkQuota(data.length);
        this.#held += data.length;
        size += data.length;
        if (file) {
          await file.write(data);
          continue;
        }
        this.#inMemory += data.length;
        chunks.push(data);
        if (size > this.limits.memory || this.#inMemory > MEMORY_IN_ALL) {
          const opened = await openSpoolFile(this.limits.folder);
          file = opened;
          this.#inMemory -= size;
          for (const each of chunks.splice(0)) await opened.write(each);
        }
      }
    } catch (error) {
      release();
      throw error;
    }
    const content = file
      ? Buffer.from(file.path)
      : chunks.length === 1
        ? (chunks[0] as Buffer)
        : Buffer.concat(chunks);
    return { content, inFile: file !== null, size, release };
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
