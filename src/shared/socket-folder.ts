import { tmpdir } from "node:os";

/** Bytes that the path of a socket may have on Linux, and those that ours may add to that of a folder. */
const PATH_MOST = 107;
const OURS = 50;

/** The folder for temporary files, unless a socket there would have too long a path. */
export function socketFolder(tempDir: string): string {
  return Buffer.byteLength(tempDir) + OURS <= PATH_MOST ? tempDir : tmpdir();
}
