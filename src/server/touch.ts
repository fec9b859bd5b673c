import { type Stats, unwatchFile, watchFile } from "node:fs";
import { resolve } from "node:path";

/** Milliseconds between two looks: a file is looked at, not watched, for it may be replaced, or lie on another machine. */
const LOOK = 500;

/**
 * Call `changed` when one of these files is changed, touched or made.
 *
 * @returns what ends it
 */
export function onTouch(files: string[], changed: (file: string) => void): () => void {
  const watched = files.map((name) => {
    const file = resolve(name);
    const look = (now: Stats, before: Stats): void => {
      if (now.mtimeMs !== before.mtimeMs && now.nlink > 0) changed(file);
    };
    watchFile(file, { interval: LOOK, persistent: false }, look);
    return { file, look };
  });
  return () => {
    for (const { file, look } of watched) unwatchFile(file, look);
  };
}
