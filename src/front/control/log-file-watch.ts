import { statSync } from "node:fs";

const POLL_INTERVAL_MS = 1000;

/**
 * Watch whether the log file has been moved away. With --disable-sigusr1 Node keeps SIGUSR1 blocked, so a server without a master
 * never gets the signal that says so.
 *
 * @param file the log file; empty for none
 * @param moved is called when another file, or none, has that name
 */
export function watchLogFile(file: string, moved: () => void): void {
  if (file === "") return;
  let before = identityOf(file);
  setInterval(() => {
    if (identityOf(file) === before) return;
    moved();
    before = identityOf(file);
  }, POLL_INTERVAL_MS).unref();
}

/** The device and inode of a file; empty if it does not exist. */
function identityOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : "";
}
