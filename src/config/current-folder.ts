import { type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { QuintetError } from "../shared/errors.ts";

/**
 * The current folder, by the name that the user gave it. If that name is a link that each deploy changes
 * (`/srv/shop/current`), the system only knows where the link led when this process started. The shell passes the name in PWD;
 * systemd does not, but the path of the command may contain it (`/srv/shop/current/node_modules/.bin/quintet`).
 *
 * @throws {QuintetError} QUINTET_NO_FILE if the folder has been removed
 */
export function currentFolder(): string {
  let real: string;
  try {
    real = process.cwd();
  } catch (error) {
    throw new QuintetError("QUINTET_NO_FILE", "The current folder no longer exists.", {
      cause: error,
    });
  }
  // The shell that starts Node (bin/quintet.js) sets PWD to the real path if it was not set.
  const names = [process.env.PWD ?? "", ...foldersOf(process.argv[1] ?? "")];
  const fits = (name: string): boolean =>
    isAbsolute(name) && name !== real && isSameFolder(name, real);
  return names.find(fits) ?? (isNamed(real) ? real : HERE);
}

/**
 * The name used for a current folder whose real name is not UTF-8. python/quintet/shared/raw_environment.py restores the real
 * name.
 */
export const HERE = "/proc/self/cwd";

/** Whether Node can reach a folder by its name. */
function isNamed(folder: string): boolean {
  return !folder.includes("\uFFFD") || isSameFolder(folder, ".") || !isSameFolder(HERE, ".");
}

/** Whether two names lead to the same folder now. */
export function isSameFolder(one: string, other: string): boolean {
  if (one === other) return true; // even if Node cannot find it because its name is not UTF-8
  const [a, b] = [stats(one), stats(other)];
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/**
 * The path of a file in the current folder, through the given name of the folder. If the name is a link, the path follows it
 * to the next release.
 */
export function namedBy(folder: string, file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : join(folder, path);
}

/** All folders of a path, the outermost first. */
function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [...foldersOf(folder), folder];
}

function stats(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined; // removed, or not readable
  }
}
