import { posix } from "node:path";
import { toWsgiText } from "../../shared/by-path.ts";
import type { LeftPath } from "../../wire/json-messages.ts";
import { decodePath } from "../request/request-target.ts";

/** A folder or a file that is served under a path. */
export interface StaticMount {
  /** The path. That of a folder begins and ends with a slash. */
  url: string;
  /** The folder, or the folder of the file. */
  root: string;
  /** The name of the file, if it is one. */
  file?: string;
  /** Whether the path starts where the application is mounted, instead of at the root of the site. */
  relative?: boolean;
  /** Whether links must not lead out of the folder. */
  confined: boolean;
  /** Whether users of the site upload files there. A browser must not run those as pages of the site. */
  uploads: boolean;
  /** Paths below `url` that are left to the application, even if there is a file. */
  left: LeftPath[];
}

/** A mount that may have the file of a request. */
export interface FoundMount {
  mount: StaticMount;
  /** The request target, in the form that begins with the mount's path. */
  target: string;
}

/** Sorts mounts for `findMounts`: the longest path first. Mounts with the same path keep their order. */
export function inSearchOrder(mounts: StaticMount[]): StaticMount[] {
  return mounts
    .map((mount) => ({ ...mount, url: normalizeTarget(toWsgiText(mount.url)) }))
    .toSorted((a, b) => b.url.length - a.url.length);
}

/**
 * The mounts that may have the file of a request target, in search order. The search ends at a mount that leaves the target to
 * the application.
 *
 * @param mounts in search order
 * @param scriptName where the application is mounted; empty for the root
 * @param url the request target below it
 */
export function findMounts(mounts: StaticMount[], scriptName: string, url: string): FoundMount[] {
  const found: FoundMount[] = [];
  const below = normalizeTarget(url);
  const whole = scriptName === "" ? below : normalizeTarget(scriptName) + below;
  for (const mount of mounts) {
    const target = mount.relative ? below : whole;
    if (!target.startsWith(mount.url)) continue;
    if (mount.file !== undefined && pathOf(target) !== mount.url) continue;
    if (mount.left.length > 0 && isLeft(mount, target)) break;
    found.push({ mount, target });
  }
  return found;
}

/** A request target without its query. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/** An escape, or a character that must be escaped. */
const ESCAPE = /%([0-9a-f]{2})|[^!-~]|["<>\\^`{|}]/gi;
/** The characters that need no escape in a path (RFC 3986, section 3.3), except the slash, whose escape means something else. */
const UNESCAPED = /[\w.~!$&'()*+,;=:@-]/;

/**
 * Normalizes a target, because clients and settings spell the same address differently: only what must be escaped is escaped,
 * with capital letters.
 *
 * @param target one character for each byte
 */
function normalizeTarget(target: string): string {
  return target.replace(ESCAPE, (text, hex?: string) => {
    const code = hex === undefined ? text.charCodeAt(0) : Number.parseInt(hex, 16);
    const character = String.fromCharCode(code);
    return UNESCAPED.test(character)
      ? character
      : `%${code.toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/**
 * Whether a target is left to the application. Both the path that the application sees and the path that leads to the file
 * count: `/media/./private/a` is below `private/`.
 */
function isLeft({ url, left }: StaticMount, target: string): boolean {
  // Routes and some file systems ignore case.
  const decoded = decodePath(pathOf(target).slice(url.length - 1)).toLowerCase();
  const seen = decoded.slice(1);
  const file = posix.normalize(decoded).slice(1);
  return left.some(({ below, exact }) => {
    const path = toWsgiText(below).toLowerCase();
    return exact ? seen === path || file === path : seen.startsWith(path) || file.startsWith(path);
  });
}
