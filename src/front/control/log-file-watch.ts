import { statSync } from "node:fs";

const POLL_INTERVAL_MS = 1000;

/**
 * Watch whether the log file has been moved away. Log rotation sends SIGUSR1, but with --disable-sigusr1 Node keeps that
 * signal blocked, so a server without a master never gets it.
 *
 * @param file the log file; empty for none
 * @param moved called when the name belongs to another file or to none
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
