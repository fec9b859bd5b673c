import { constants, existsSync, read, unlinkSync, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const writeTo = promisify(write);
const readFrom = promisify(read);
let files = 0;

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
  const nameless = process.platform === "linux" ? await openNameless(folder) : null;
  if (nameless) return spoolFile(nameless, `/proc/${process.pid}/fd/${nameless.fd}`, () => {});
  const name = join(folder, `quintet-${process.pid}-${++files}`);
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
    async write(data, position) {
      for (let done = 0; done < data.length;) {
        const at = position === undefined ? null : position + done;
        done += (await writeTo(descriptor, data, done, data.length - done, at)).bytesWritten;
      }
    },
    async read(position, size) {
      const buffer = Buffer.allocUnsafe(size);
      const { bytesRead } = await readFrom(descriptor, buffer, 0, size, position);
      return buffer.subarray(0, bytesRead);
    },
    close() {
      remove();
      // What a deferred write has to complain of is nobody's loss any more.
      handle.close().catch(() => {});
    },
  };
}
