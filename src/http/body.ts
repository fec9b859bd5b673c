import type { Readable } from "node:stream";
import { gathered } from "./gathered.ts";
import { checkLength } from "./head.ts";
import type { Account, Spool } from "./spool.ts";
import { openSpoolFile, type SpoolFile } from "./spool-file.ts";

/** A body may take so much memory where there is no file for it: so much goes to a worker at once. */
const MEMORY_OF_ONE = 16 * 1024 * 1024;

/** A whole request body: its bytes, or the path under which a worker can open its file. */
export interface Body {
  content: Buffer;
  inFile: boolean;
  size: number;
  /** Why it is in memory though it is too long for that; null if it is not. */
  unspooled: unknown;
  release(): void;
}

export interface TakeOptions {
  /** Bytes that it may have; 0, the default, for no limit. */
  limit?: number;
  /** The address of the client; empty, the default, where it has none. */
  client?: string;
}

/**
 * Take a request body whole before a worker sees it, so that a slow upload costs no worker.
 *
 * @throws {Refusal} for more than its limit
 * @throws {QuintetError} QUINTET_BODY_QUOTA when all bodies together take too much; the request can still be answered
 * @throws the stream's own error when the client leaves
 */
export async function takeBody(
  spool: Spool,
  source: Readable,
  { limit = 0, client = "" }: TakeOptions = {},
): Promise<Body> {
  const taken = new Taken(spool, client);
  spool.taking += 1;
  try {
    const admit = (bytes: number): void => {
      checkLength(taken.size + bytes, limit);
      spool.admit(taken, bytes);
    };
    for await (const blocks of gathered(source, admit)) await taken.keep(blocks);
  } catch (error) {
    taken.release();
    throw error;
  } finally {
    spool.taking -= 1;
  }
  return taken.whole();
}

/** A body that is being taken: in `blocks`, or in `file`. */
class Taken implements Account {
  readonly client: string;
  size = 0;
  inMemory = 0;
  charged = 0;
  readonly #spool: Spool;
  /** Behind what is in the file. */
  #blocks: Buffer[] = [];
  #file: SpoolFile | null = null;
  #written = 0;
  #unspooled: unknown = null;

  constructor(spool: Spool, client: string) {
    this.#spool = spool;
    this.client = client;
  }

  async keep(blocks: Buffer[]): Promise<void> {
    this.#blocks.push(...blocks);
    // One that is charged for is too long for the memory, or there is no memory left.
    if (this.charged === 0) return;
    if (this.#unspooled !== null) return this.#checkMemory(0, this.#unspooled);
    try {
      await this.#putAside();
    } catch (error) {
      await this.#keepInMemory(error);
    }
  }

  async #putAside(): Promise<void> {
    this.#file ??= await openSpoolFile(this.#spool.limits.folder);
    while (this.#blocks.length > 0) {
      const block = this.#blocks[0] as Buffer;
      await this.#file.write(block, this.#written);
      this.#blocks.shift();
      this.#written += block.length;
      this.#spool.moved(this, block.length);
    }
  }

  /** A disk that fails or is full costs memory before it costs the request. */
  async #keepInMemory(error: unknown): Promise<void> {
    this.#checkMemory(this.#written, error);
    this.#unspooled = error;
    const file = this.#file;
    if (file === null) return;
    const before = await file.read(0, this.#written);
    file.close();
    this.#file = null;
    this.#blocks.unshift(before);
    this.#spool.moved(this, -this.#written);
    this.#written = 0;
  }

  /** @throws why it is to be in memory, if there is no room for it */
  #checkMemory(more: number, error: unknown): void {
    if (this.size > MEMORY_OF_ONE || !this.#spool.hasMemory(more)) throw error;
  }

  whole(): Body {
    const file = this.#file;
    const blocks = this.#blocks;
    const inMemory = (): Buffer =>
      blocks.length === 1 ? (blocks[0] as Buffer) : Buffer.concat(blocks);
    return {
      content: file ? Buffer.from(file.path) : inMemory(),
      inFile: file !== null,
      size: this.size,
      unspooled: this.#unspooled,
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
