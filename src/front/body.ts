import { accessSync, constants, existsSync, statSync, unlinkSync, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { join } from "node:path";
import { promisify } from "node:util";
import { QuintetError } from "../errors.ts";

const writeTo = promisify(write);

/** Request bodies in memory take at most this much together, in bytes; then also small ones go to a file. */
const MEMORY_IN_ALL = 64 * 1024 * 1024;

export interface SpoolLimits {
  /** Bytes of one body that are kept in memory. */
  memory: number;
  /** Bytes of all bodies together, in memory and in files. */
  total: number;
  folder: string;
}

/** A whole request body: its bytes, or the path under which a worker can open its file. */
export interface Body {
  content: Buffer;
  inFile: boolean;
  size: number;
  release(): void;
}

/** Takes request bodies whole before a worker sees them, so that a slow upload costs no worker. */
export class Spool {
  readonly limits: SpoolLimits;
  #held = 0;
  #inMemory = 0;
  #files = 0;

  constructor(limits: SpoolLimits) {
    this.limits = limits;
  }

  /**
   * @throws {QuintetError} QUINTET_BODY_QUOTA when all bodies together take too much; the request can still be answered
   * @throws the stream's own error when the client leaves
   */
  async take(source: Readable): Promise<Body> {
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
          const opened = await openSpoolFile(this.limits.folder, ++this.#files);
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

interface SpoolFile {
  path: string;
  write(data: Buffer): Promise<void>;
  close(): void;
}

/** Linux's O_TMPFILE, which Node has no name for: a file that never has a name. */
const NAMELESS = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/** A file without a name where /proc can still open it: the system removes it even if the front is killed. */
async function openSpoolFile(folder: string, number: number): Promise<SpoolFile> {
  const nameless = process.platform === "linux" ? await openNameless(folder) : null;
  if (nameless) return spoolFile(nameless, `/proc/${process.pid}/fd/${nameless.fd}`, () => {});
  const name = join(folder, `quintet-body-${process.pid}-${number}`);
  const handle = await open(name, "wx+", 0o600);
  const reachable = `/proc/${process.pid}/fd/${handle.fd}`;
  if (!existsSync(reachable)) return spoolFile(handle, name, () => unlinkSync(name));
  unlinkSync(name);
  return spoolFile(handle, reachable, () => {});
}

/** Null where the file system cannot do that. */
async function openNameless(folder: string): Promise<FileHandle | null> {
  const handle = await open(folder, NAMELESS, 0o600).catch(() => null);
  if (handle === null || existsSync(`/proc/${process.pid}/fd/${handle.fd}`)) return handle;
  await handle.close();
  return null;
}

function spoolFile(handle: FileHandle, path: string, remove: () => void): SpoolFile {
  const descriptor = handle.fd;
  return {
    path,
    async write(data) {
      for (let done = 0; done < data.length;) {
        done += (await writeTo(descriptor, data, done, data.length - done)).bytesWritten;
      }
    },
    close() {
      remove();
      void handle.close();
    },
  };
}
