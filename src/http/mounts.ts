import type { LeftPath } from "../wire/json-messages.ts";
import { posix } from "node:path";
import { asSeen } from "../shared/by-path.ts";
import { decodePath } from "./environ.ts";

/** A folder, or a file, that is served under a path. */
export interface StaticMount {
  /** A folder's begins and ends with a slash. */
  url: string;
  /** The folder; that of the file, if it is one. */
  root: string;
  /** Its name, if it is one file. */
  file?: string;
  /** The URL begins where the application is mounted. */
  relative?: boolean;
  /** Links may not lead out of the folder. */
  confined: boolean;
  /** Others put files there: what a browser would run is not to run as the site. */
  uploads: boolean;
  /** What below the URL is the application's, even where there is a file. */
  left: LeftPath[];
}

/** A mount, and the target of a request as that mount counts it: it begins with the mount's path. */
export interface FoundMount {
  mount: StaticMount;
  target: string;
}

/** Ready for `findMounts`: with the longest URL first; of those with the same, in the order in which they were given. */
export function inOrder(mounts: StaticMount[]): StaticMount[] {
  return mounts
    .map((mount) => ({ ...mount, url: inOneSpelling(asSeen(mount.url)) }))
    .toSorted((a, b) => b.url.length - a.url.length);
}

/**
 * The mounts that may have the file of a request target, in the order in which to look. The search stops at a mount that
 * leaves the target to the application.
 *
 * @param mounts in order
 * @param scriptName where the application is mounted; empty for the root
 * @param url the request target below it
 */
export function findMounts(mounts: StaticMount[], scriptName: string, url: string): FoundMount[] {
  const found: FoundMount[] = [];
  const below = inOneSpelling(url);
  const whole = scriptName === "" ? below : inOneSpelling(scriptName) + below;
  for (const mount of mounts) {
    const target = mount.relative ? below : whole;
    if (!target.startsWith(mount.url)) continue;
    if (mount.file !== undefined && pathOf(target) !== mount.url) continue;
    if (mount.left.length > 0 && isLeft(mount, target)) break;
    found.push({ mount, target });
  }
  return found;
}

/**
 * Only what has to be escaped is, with capital letters: clients write an address in different ways, and so do settings.
 *
 * @param target each byte one character
 */
function inOneSpelling(target: string): string {
  return target.replace(ESCAPE, (text, hex?: string) => {
    const code = hex === undefined ? text.charCodeAt(0) : Number.parseInt(hex, 16);
    const character = String.fromCharCode(code);
    return UNESCAPED.test(character)
      ? character
      : `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** An escape, or a character that has to be one. */
const ESCAPE = /%([0-9a-f]{2})|[^!-~]|["<>\\^`{|}]/gi;
/** What a path may have as it is, but for slashes. */
const UNESCAPED = /[\w.~!$&'()*+,;=:@-]/;

/** A request target without its query. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/** Compares the path as the application would see it, and as it leads to a file: `/media/./private/a` is below `private/`. */
function isLeft({ url, left }: StaticMount, target: string): boolean {
  const decoded = decodePath(pathOf(target).slice(url.length - 1)).toLowerCase();
  const seen = decoded.slice(1);
  const file = posix.normalize(decoded).slice(1);
  return left.some(({ below, exact }) => {
    // Case is ignored: a route may ignore it, and so do some file systems.
    const path = asSeen(below).toLowerCase();
    return exact ? seen === path || file === path : seen.startsWith(path) || file.startsWith(path);
  });
}
