import type { Socket } from "node:net";
import { toWsgiText, unescapePath } from "../shared/by-path.ts";
import { isPrefix } from "../config/proxy-forms.ts";
import { Refusal } from "./refusal.ts";
import { findMounts, type FoundMount, type StaticMount } from "./mounts.ts";
import type { Trusted } from "./trusted.ts";

/** A request target, split at the path below which the application is. */
export interface Place {
  /** That path, as the target spells it; empty for the root. */
  scriptName: string;
  /** The target below it. */
  url: string;
  /** `inside` it, `outside` of it, or a proxy has `stripped` it off. */
  where: "inside" | "outside" | "stripped";
}

export interface PrefixOptions {
  /** The setting mount, or the variable SCRIPT_NAME: nothing is served beside it. */
  mount: string;
  /** Django's FORCE_SCRIPT_NAME: a proxy may have stripped it. */
  forced: string;
  /** Whose header SCRIPT_NAME is believed. */
  trusted: Trusted;
}

/** What an application has said of the path below which it is. */
export interface SaidPrefix {
  /** The variable SCRIPT_NAME. */
  scriptName?: string;
  /** Django's FORCE_SCRIPT_NAME. */
  forced?: string;
  /** The project's own URLs begin with that, so it is not split off. */
  forcedInUrls?: boolean;
}

/** Which path is `mount`, and which one is `forced`: the setting wins over the variable. Empty for none. */
export function choosePrefix(
  mount: string,
  { scriptName = "", forced = "", forcedInUrls }: SaidPrefix,
): { mount: string; forced: string } {
  const named = mount !== "" || !isPrefix(scriptName) ? mount : scriptName;
  return { mount: named.replace(/\/+$/, ""), forced: forcedInUrls === true ? "" : forced };
}

/** The path below which the application is served, where nothing in front of it says so. */
export class Prefix {
  readonly #mount: string;
  readonly #forced: string;
  readonly #trusted: Trusted;

  constructor({ mount, forced, trusted }: PrefixOptions) {
    this.#mount = decodePrefix(mount);
    this.#forced = decodePrefix(forced);
    this.#trusted = trusted;
  }

  /** The path, as a person would type it into a browser. */
  get path(): string {
    return encodeURI(Buffer.from(this.#mount, "latin1").toString());
  }

  /** Whether a header SCRIPT_NAME of this peer is believed. */
  trusts(socket: Socket): boolean {
    return this.#trusted.has(socket);
  }

  /**
   * @param target as the request has it
   * @param header the SCRIPT_NAME of a proxy that is believed, if there is one; it wins
   * @throws {Refusal} for a SCRIPT_NAME that is no path
   */
  place(target: string, header: string | null): Place {
    if (header !== null) {
      if (!isPrefix(header)) {
        throw new Refusal(400, `the proxy's SCRIPT_NAME is ${JSON.stringify(header)}, not a path`);
      }
      const prefix = decodePrefix(header, "latin1");
      return (
        split(prefix, target) ?? { scriptName: escape(prefix), url: target, where: "stripped" }
      );
    }
    const inside = split(this.#mount || this.#forced, target);
    if (inside !== null) return inside;
    if (this.#mount !== "") return { scriptName: "", url: target, where: "outside" };
    // Django takes FORCE_SCRIPT_NAME in either case: a path counts as the same one, whether the proxy strips it or not.
    return { scriptName: escape(this.#forced), url: target, where: "stripped" };
  }
}

/**
 * Where a path of the server's own is that may begin with the prefix, or leave it out.
 *
 * @param prefix as a setting has it
 */
export function placeBelow(prefix: string, path: string): Place {
  const below = decodePrefix(prefix);
  return split(below, path) ?? { scriptName: escape(below), url: path, where: "stripped" };
}

/** What decoding of paths makes of it, each byte one character; without a slash at its end. */
function decodePrefix(text: string, from: "text" | "latin1" = "text"): string {
  return unescapePath(from === "text" ? toWsgiText(text) : text).replace(/\/+$/, "");
}

/** So that decoding gives the prefix again. */
function escape(prefix: string): string {
  return prefix.replaceAll("%", "%25");
}

/** Null if the target is not below the prefix. */
function split(prefix: string, target: string): Place | null {
  if (prefix === "") return { scriptName: "", url: target, where: "inside" };
  if (target === "*") return { scriptName: escape(prefix), url: target, where: "inside" };
  // http://host/path
  const begin = target.startsWith("/") ? 0 : (/^https?:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0);
  const end = endOf(prefix, target, begin);
  if (end < 0) return null;
  const url = target.slice(0, begin) + target.slice(end);
  return { scriptName: target.slice(begin, end), url, where: "inside" };
}

/** Where the prefix ends in a target, which may have escapes; -1 unless that is the end of a segment. */
function endOf(prefix: string, target: string, begin: number): number {
  let at = begin;
  for (let index = 0; index < prefix.length; index += 1) {
    let code = target.charCodeAt(at);
    at += 1;
    if (code === 37 && /^[0-9a-f]{2}/i.test(target.slice(at, at + 2))) {
      code = Number.parseInt(target.slice(at, at + 2), 16);
      at += 2;
      // %2F is within a segment, and separates none.
      if (code === 47) return -1;
    }
    if (code !== prefix.charCodeAt(index)) return -1;
  }
  const next = target.charAt(at);
  return next === "" || next === "/" || next === "?" ? at : -1;
}

/** The files that a request may be for. A URL with a slash in front counts from the root of the site. */
export function findFiles(mounts: StaticMount[], place: Place): FoundMount[] {
  if (mounts.length === 0) return [];
  const { scriptName, where } = place;
  // http://host/path
  const url = place.url.replace(/^https?:\/\/[^/?#]*/i, "");
  if (where !== "outside") {
    const found = findMounts(mounts, scriptName, url);
    if (found.length > 0 || scriptName === "" || where === "inside") return found;
  }
  // The proxy may have passed this on as it was, for it is not below the prefix.
  const ofTheSite = mounts.filter(({ relative }) => !relative);
  return findMounts(ofTheSite, "", url);
}

/** With Django's FORCE_SCRIPT_NAME files have an address below it, and another one behind a proxy that strips it. */
export function withStripped(mounts: StaticMount[], forced: string): StaticMount[] {
  const prefix = forced.replace(/\/+$/, "");
  if (prefix === "") return mounts;
  return mounts.flatMap((mount) =>
    !mount.relative && mount.url.startsWith(`${prefix}/`)
      ? [mount, { ...mount, url: mount.url.slice(prefix.length), relative: true }]
      : [mount],
  );
}
