import { statSync } from "node:fs";

/** Milliseconds between two looks. */
const LOOK = 1000;

/**
 * Look whether a log file has been moved away. A Node that is started with --disable-sigusr1 keeps SIGUSR1 blocked, so where no
 * parent takes the signal nobody can tell us.
 *
 * @param file the log file; empty for none
 */
export function watchMoved(file: string, moved: () => void): void {
  if (file === "") return;
  let before = identityOf(file);
  setInterval(() => {
    if (identityOf(file) === before) return;
    moved();
    before = identityOf(file);
  }, LOOK).unref();
}

/** Empty where there is no such file. */
function identityOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.dev}:${found.ino}` : "";
}
