import { constants, existsSync, read, unlink, write } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { QuintetError, systemCode } from "../../shared/errors.ts";
import { runFileOperation } from "./file-operation.ts";
import { canWorkersOpenOurFiles } from "./proc-fd-access.ts";

const writeAsync = promisify(write);
const readAsync = promisify(read);
const unlinkAsync = promisify(unlink);

/** The number of named files so far. */
let namedFiles = 0;
/** The minimum age of a dead front's file for it to be removed. */
const ABANDONED_MS = 60 * 60 * 1000;

/** A temporary file. */
export interface SpoolFile {
  /** Where a worker can open it. */
  path: string;
  /** Writes all of the data at a position, or after the previous write. */
  write(data: Uint8Array, position?: number): Promise<void>;
  /** Reads at most `size` bytes; an empty buffer at the end of the file. */
  read(position: number, size: number): Promise<Buffer>;
  /** Closes and removes the file. No read or write may be running. */
  close(): void;
}

/** Linux's O_TMPFILE, which Node does not export: opens a file that never has a name. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/**
 * Opens a new temporary file. If workers can open it through /proc, it has no name: nobody else can find it, and the kernel
 * removes it even if the front is killed.
 *
 * @throws {QuintetError} QUINTET_FILE_UNAVAILABLE
 * @throws a system error
 */
export async function openSpoolFile(folder: string): Promise<SpoolFile> {
  const unnamed = canWorkersOpenOurFiles() ? await openUnnamed(folder) : null;
  if (unnamed) return spoolFile(unnamed, `/proc/${process.pid}/fd/${unnamed.fd}`, () => {});
  if (namedFiles === 0) await runFileOperation(() => removeAbandoned(folder)).catch(() => {});
  const name = join(folder, `quintet-spool-${process.pid}-${++namedFiles}`);
  const remove = (): void => void unlinkAsync(name).catch(() => {});
  const handle = await runFileOperation(
    () => open(name, "wx+", 0o600),
    (late) => {
      remove();
      closeQuietly(late);
    },
  );
  const path = `/proc/${process.pid}/fd/${handle.fd}`;
  if (!canWorkersOpenOurFiles() || !existsSync(path)) return spoolFile(handle, name, remove);
  remove();
  return spoolFile(handle, path, () => {});
}

/**
 * Removes named files that killed fronts have left behind. A front in another container may seem dead, so only old files are
 * removed.
 */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^quintet-spool-(\d+)-\d+$/.exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const file = join(folder, name);
    const { uid, mtimeMs } = await lstat(file);
    if (uid === process.geteuid?.() && Date.now() - mtimeMs > ABANDONED_MS) await unlinkAsync(file);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

/** @returns null if the file system does not support unnamed files */
async function openUnnamed(folder: string): Promise<FileHandle | null> {
  const handle = await runFileOperation(() => open(folder, O_TMPFILE, 0o600), closeQuietly).catch(
    (error: unknown) => {
      // If the file system does not answer, a named file would fail as well.
      if (error instanceof QuintetError) throw error;
      return null;
    },
  );
  if (handle === null || existsSync(`/proc/${process.pid}/fd/${handle.fd}`)) return handle;
  await handle.close();
  return null;
}

function spoolFile(handle: FileHandle, path: string, remove: () => void): SpoolFile {
  const descriptor = handle.fd;
  return {
    path,
    async write(data, position) {
      for (let done = 0; done < data.length;) {
        const at = position === undefined ? null : position + done;
        const rest = data.subarray(done);
        const { bytesWritten } = await runFileOperation(() =>
          writeAsync(descriptor, rest, 0, rest.length, at),
        );
        done += bytesWritten;
      }
    },
    async read(position, size) {
      const buffer = Buffer.allocUnsafe(size);
      const { bytesRead } = await runFileOperation(() =>
        readAsync(descriptor, buffer, 0, size, position),
      );
      return buffer.subarray(0, bytesRead);
    },
    close() {
      remove();
      closeQuietly(handle);
    },
  };
}

/** A deferred write may fail at this point, but nobody needs the file any more. */
function closeQuietly(handle: FileHandle): void {
  handle.close().catch(() => {});
}
