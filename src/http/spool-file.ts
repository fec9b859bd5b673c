import { constants, existsSync, read, unlink, write } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { QuintetError, systemCode } from "../shared/errors.ts";
import { inTime } from "./in-time.ts";
import { isShown } from "./shown.ts";

const writeTo = promisify(write);
const readFrom = promisify(read);
const unlinkIt = promisify(unlink);
let files = 0;
/** Milliseconds that nobody has written to a file of a front that is gone. */
const ABANDONED = 60 * 60 * 1000;

/** A temporary file that nobody else can find, and that the system removes with this process. */
export interface SpoolFile {
  /** Where a worker can open it. */
  path: string;
  /** Write all of it: behind what was written before, or at a position. */
  write(data: Uint8Array, position?: number): Promise<void>;
  /** At most `size` bytes from a position; none at the end. */
  read(position: number, size: number): Promise<Buffer>;
  /** After its last read or write. */
  close(): void;
}

/** Linux's O_TMPFILE, which Node has no name for: a file that never has a name. */
const NAMELESS = 0o20000000 | constants.O_DIRECTORY | constants.O_RDWR;

/** A file without a name where /proc can still open it: the system removes it even if the front is killed. */
export async function openSpoolFile(folder: string): Promise<SpoolFile> {
  const nameless = isShown() ? await openNameless(folder) : null;
  if (nameless) return spoolFile(nameless, `/proc/${process.pid}/fd/${nameless.fd}`, () => {});
  if (files === 0) await inTime(() => removeAbandoned(folder)).catch(() => {});
  const name = join(folder, `quintet-spool-${process.pid}-${++files}`);
  const remove = (): void => void unlinkIt(name).catch(() => {});
  const handle = await inTime(
    () => open(name, "wx+", 0o600),
    (unwanted) => {
      remove();
      closeQuietly(unwanted);
    },
  );
  const reachable = `/proc/${process.pid}/fd/${handle.fd}`;
  if (!isShown() || !existsSync(reachable)) return spoolFile(handle, name, remove);
  remove();
  return spoolFile(handle, reachable, () => {});
}

/** Files of fronts that were killed, where they had to have names. One of another container may seem dead, so only old ones. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^quintet-spool-(\d+)-\d+$/.exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    const file = join(folder, name);
    const { uid, mtimeMs } = await lstat(file);
    if (uid === process.geteuid?.() && Date.now() - mtimeMs > ABANDONED) await unlinkIt(file);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

/** Null where the file system cannot do that. */
async function openNameless(folder: string): Promise<FileHandle | null> {
  const handle = await inTime(() => open(folder, NAMELESS, 0o600), closeQuietly).catch(
    (error: unknown) => {
      // It would not answer to anything else, either.
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
        const { bytesWritten } = await inTime(() => writeTo(descriptor, rest, 0, rest.length, at));
        done += bytesWritten;
      }
    },
    async read(position, size) {
      const buffer = Buffer.allocUnsafe(size);
      const { bytesRead } = await inTime(() => readFrom(descriptor, buffer, 0, size, position));
      return buffer.subarray(0, bytesRead);
    },
    close() {
      remove();
      closeQuietly(handle);
    },
  };
}

/** What a deferred write has to complain of is nobody's loss any more. */
function closeQuietly(handle: FileHandle): void {
  handle.close().catch(() => {});
}
