import type { Socket } from "node:net";
import { toWsgiText, unescapePath } from "../../shared/by-path.ts";
import { isPrefix } from "../../config/values/trusted-proxies.ts";
import { RequestError } from "../reject/request-error.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** A request target, split at the prefix. The prefix is the path that the application is mounted on. */
export interface Place {
  /** The prefix, as the target spells it; empty for the root. */
  scriptName: string;
  /** The target below it. */
  url: string;
  /** Whether the target is inside or outside the prefix, or a proxy has stripped the prefix. */
  where: "inside" | "outside" | "stripped";
}

export interface PrefixOptions {
  /** The setting mount, or the variable SCRIPT_NAME: nothing outside it is served. */
  mount: string;
  /** Django's FORCE_SCRIPT_NAME. A proxy may have stripped it from the target. */
  forced: string;
  /** The proxies whose SCRIPT_NAME header is trusted. */
  trusted: TrustedProxies;
}

/** What a worker reports about the prefix of its application. */
export interface ReportedPrefix {
  /** The variable SCRIPT_NAME. */
  scriptName?: string;
  /** Django's FORCE_SCRIPT_NAME. */
  forced?: string;
  /** The project's own URLs begin with FORCE_SCRIPT_NAME, so it is not split off. */
  forcedInUrls?: boolean;
}

/**
 * Decides the prefixes of `PrefixOptions`. The setting overrides the variable.
 *
 * @param mount the setting; empty for none
 */
export function choosePrefix(
  mount: string,
  { scriptName = "", forced = "", forcedInUrls }: ReportedPrefix,
): { mount: string; forced: string } {
  const chosen = mount !== "" || !isPrefix(scriptName) ? mount : scriptName;
  return { mount: chosen.replace(/\/+$/, ""), forced: forcedInUrls === true ? "" : forced };
}

/** Splits request targets at the path that the application is mounted on. */
export class Prefix {
  readonly #mount: string;
  readonly #forced: string;
  readonly #trusted: TrustedProxies;

  constructor({ mount, forced, trusted }: PrefixOptions) {
    this.#mount = decodePrefix(mount);
    this.#forced = decodePrefix(forced);
    this.#trusted = trusted;
  }

  /** The path as a person would type it into a browser; empty for the root. */
  get path(): string {
    return encodeURI(Buffer.from(this.#mount, "latin1").toString());
  }

  /** Whether the SCRIPT_NAME header of this client is trusted. */
  trusts(socket: Socket): boolean {
    return this.#trusted.has(socket);
  }

  /**
   * @param target the target of the request
   * @param header the SCRIPT_NAME of a trusted proxy, which overrides the other prefixes; null for none
   * @throws {RequestError} 400 if it is not a path
   */
  place(target: string, header: string | null): Place {
    if (header !== null) {
      if (!isPrefix(header)) {
        throw new RequestError(
          400,
          `the proxy's SCRIPT_NAME is ${JSON.stringify(header)}, not a path`,
        );
      }
      const prefix = decodePrefix(header, "latin1");
      return (
        split(prefix, target) ?? { scriptName: escape(prefix), url: target, where: "stripped" }
      );
    }
    const inside = split(this.#mount || this.#forced, target);
    if (inside !== null) return inside;
    if (this.#mount !== "") return { scriptName: "", url: target, where: "outside" };
    // Django uses FORCE_SCRIPT_NAME whether the proxy strips it or not, so the path is the same in both cases.
    return { scriptName: escape(this.#forced), url: target, where: "stripped" };
  }
}

/**
 * Splits a path of the server's own, such as that of a warm-up request. It may begin with the prefix, or leave it out.
 *
 * @param prefix as written in a setting
 */
export function placeBelow(prefix: string, path: string): Place {
  const below = decodePrefix(prefix);
  return split(below, path) ?? { scriptName: escape(below), url: path, where: "stripped" };
}

/** Percent-decodes a prefix, with one character for each byte, and removes a trailing slash. */
function decodePrefix(text: string, from: "text" | "latin1" = "text"): string {
  return unescapePath(from === "text" ? toWsgiText(text) : text).replace(/\/+$/, "");
}

/** Percent-encodes a decoded prefix. */
function escape(prefix: string): string {
  return prefix.replaceAll("%", "%25");
}

/** @returns null if the target is not below the prefix */
function split(prefix: string, target: string): Place | null {
  if (prefix === "") return { scriptName: "", url: target, where: "inside" };
  if (target === "*") return { scriptName: escape(prefix), url: target, where: "inside" };
  // The target may be http://host/path.
  const begin = target.startsWith("/") ? 0 : (/^https?:\/\/[^/?#]*/i.exec(target)?.[0].length ?? 0);
  const end = endOf(prefix, target, begin);
  if (end < 0) return null;
  const url = target.slice(0, begin) + target.slice(end);
  return { scriptName: target.slice(begin, end), url, where: "inside" };
}

/**
 * Where the prefix ends in a target, which may have escapes.
 *
 * @returns -1 if the target does not begin with the prefix, or the prefix does not end at the end of a segment
 */
function endOf(prefix: string, target: string, begin: number): number {
  let at = begin;
  for (let index = 0; index < prefix.length; index += 1) {
    let code = target.charCodeAt(at);
    at += 1;
    if (code === 37 && /^[0-9a-f]{2}/i.test(target.slice(at, at + 2))) {
      code = Number.parseInt(target.slice(at, at + 2), 16);
      at += 2;
      // %2F is part of a segment; it does not separate two.
      if (code === 47) return -1;
    }
    if (code !== prefix.charCodeAt(index)) return -1;
  }
  const next = target.charAt(at);
  return next === "" || next === "/" || next === "?" ? at : -1;
}
