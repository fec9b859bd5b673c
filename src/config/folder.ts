import { type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { QuintetError } from "../shared/errors.ts";

/**
 * The current folder by the name that it was given: of `/srv/shop/current`, a link that each deploy sets anew, the system
 * tells only what it led to when we were started. The shell knows that name; systemd does not hand it on, but the command
 * may be named by it (`/srv/shop/current/node_modules/.bin/quintet`).
 *
 * @throws {QuintetError} QUINTET_NO_FILE where it has been removed
 */
export function currentFolder(): string {
  let real: string;
  try {
    real = process.cwd();
  } catch (error) {
    throw new QuintetError("QUINTET_NO_FILE", "The current folder is no longer there.", {
      cause: error,
    });
  }
  // The shell that starts Node (bin/quintet.js) sets PWD to the real path if nobody has set it.
  const names = [process.env.PWD ?? "", ...foldersOf(process.argv[1] ?? "")];
  const fits = (name: string): boolean =>
    isAbsolute(name) && name !== real && isSameFolder(name, real);
  return names.find(fits) ?? (isNamed(real) ? real : HERE);
}

/** The current folder where its name is not UTF-8; python/quintet/shared/raw_environment.py makes the real one of it. */
export const HERE = "/proc/self/cwd";

/** Whether Node can find a folder by the name it has for it. */
function isNamed(folder: string): boolean {
  return !folder.includes("\uFFFD") || isSameFolder(folder, ".") || !isSameFolder(HERE, ".");
}

/** Whether two names are of the same folder, now. */
export function isSameFolder(one: string, other: string): boolean {
  if (one === other) return true; // also where Node cannot look at it, as its name is not UTF-8
  const [a, b] = [stats(one), stats(other)];
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** A file in the current folder by the name of that, so that it is found again where that will lead to. */
export function namedBy(folder: string, file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : join(folder, path);
}

/** From the outermost. */
function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [...foldersOf(folder), folder];
}

function stats(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // gone, or not ours to look at
  }
}
