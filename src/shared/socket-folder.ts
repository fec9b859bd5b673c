import { tmpdir } from "node:os";

/** How long the path of a unix socket may be (unix(7): 108 with the NUL at its end). */
const MAX_SOCKET_PATH_BYTES = 107;
/** How many bytes the names below that folder may add: those of a server's own folder and of a socket. */
const RESERVED_BYTES = 50;

/** The folder in which to make sockets: `tempDir`, or the system's temporary folder if the paths would be too long. */
export function socketFolder(tempDir: string): string {
  return Buffer.byteLength(tempDir) + RESERVED_BYTES <= MAX_SOCKET_PATH_BYTES ? tempDir : tmpdir();
}
