import type { Readable } from "node:stream";
import { checkBodySize } from "../request/request-limits.ts";
import type { Account, Spool } from "../spool/spool.ts";
import { openSpoolFile, type SpoolFile } from "../spool/spool-file.ts";
import { readBlocks } from "./read-blocks.ts";

/** The largest body that is kept in memory if there is no file for it. A worker can be sent that much at once. */
const MAX_UNSPOOLED_BYTES = 16 * 1024 * 1024;

/** A complete request body. */
export interface BufferedBody {
  /** The bytes of the body, or the path under which a worker can open its file. */
  content: Buffer;
  inFile: boolean;
  size: number;
  /** Why a body that is too large for memory is not in a file; null if it is small, or is in a file. */
  spoolError: unknown;
  release(): void;
}

export interface BufferOptions {
  /** The most bytes that the body may have; 0, the default, for no limit. */
  limit?: number;
  /** The address of the client; empty, the default, if it has none. */
  client?: string;
}

/**
 * Reads a request body to its end before a worker sees the request, so that a slow upload costs no worker.
 *
 * @throws {RequestError} 413 if it exceeds its limit
 * @throws {QuintetError} QUINTET_BODY_QUOTA if all bodies together need too much space; the request can still be answered
 * @throws the error of the stream if the client leaves
 */
export async function bufferBody(
  spool: Spool,
  source: Readable,
  { limit = 0, client = "" }: BufferOptions = {},
): Promise<BufferedBody> {
  const buffer = new BodyBuffer(spool, client);
  spool.buffering += 1;
  try {
    const admit = (bytes: number): void => {
      checkBodySize(buffer.size + bytes, limit);
      spool.admit(buffer, bytes);
    };
    for await (const blocks of readBlocks(source, admit)) await buffer.add(blocks);
  } catch (error) {
    buffer.release();
    throw error;
  } finally {
    spool.buffering -= 1;
  }
  return buffer.finish();
}

/** A body that is arriving: in memory, or in a file once it is too large for memory. */
class BodyBuffer implements Account {
  readonly client: string;
  size = 0;
  inMemory = 0;
  charged = 0;
  readonly #spool: Spool;
  /** The part that is not in the file. It follows the part in the file. */
  #blocks: Buffer[] = [];
  #file: SpoolFile | null = null;
  #fileBytes = 0;
  #spoolError: unknown = null;

  constructor(spool: Spool, client: string) {
    this.#spool = spool;
    this.client = client;
  }

  async add(blocks: Buffer[]): Promise<void> {
    this.#blocks.push(...blocks);
    // A body is charged if it is too large for memory or no memory is left; then it belongs in a file.
    if (this.charged === 0) return;
    if (this.#spoolError !== null) return this.#checkMemory(0, this.#spoolError);
    try {
      await this.#spill();
    } catch (error) {
      await this.#moveToMemory(error);
    }
  }

  async #spill(): Promise<void> {
    this.#file ??= await openSpoolFile(this.#spool.limits.folder);
    while (this.#blocks.length > 0) {
      const block = this.#blocks[0] as Buffer;
      await this.#file.write(block, this.#fileBytes);
      this.#blocks.shift();
      this.#fileBytes += block.length;
      this.#spool.spilled(this, block.length);
    }
  }

  /** The disk failed or is full, so keep the body in memory if there is enough. */
  async #moveToMemory(error: unknown): Promise<void> {
    this.#checkMemory(this.#fileBytes, error);
    this.#spoolError = error;
    const file = this.#file;
    if (file === null) return;
    const before = await file.read(0, this.#fileBytes);
    file.close();
    this.#file = null;
    this.#blocks.unshift(before);
    this.#spool.spilled(this, -this.#fileBytes);
    this.#fileBytes = 0;
  }

  /**
   * @param more the bytes that move back to memory
   * @throws `error` if there is not enough memory
   */
  #checkMemory(more: number, error: unknown): void {
    if (this.size > MAX_UNSPOOLED_BYTES || !this.#spool.hasMemory(more)) throw error;
  }

  finish(): BufferedBody {
    const file = this.#file;
    const blocks = this.#blocks;
    const inMemory = (): Buffer =>
      blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
    return {
      content: file ? Buffer.from(file.path) : inMemory(),
      inFile: file !== null,
      size: this.size,
      spoolError: this.#spoolError,
      release: () => this.release(),
    };
  }

  release(): void {
    this.#spool.release(this);
    this.#file?.close();
    this.#file = null;
    this.#blocks = [];
  }
}
