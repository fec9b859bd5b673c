import type { Place } from "../proxy/prefix.ts";
import { findMounts, type FoundMount, type StaticMount } from "./mounts.ts";

/**
 * The mounts that may have the file of a request, in the order in which to look. The path of a mount counts from the root of
 * the site, unless it is relative.
 *
 * @param mounts in search order
 */
export function findFiles(mounts: StaticMount[], place: Place): FoundMount[] {
  if (mounts.length === 0) return [];
  const { scriptName, where } = place;
  // The target may be http://host/path.
  const url = place.url.replace(/^https?:\/\/[^/?#]*/i, "");
  if (where !== "outside") {
    const found = findMounts(mounts, scriptName, url);
    if (found.length > 0 || scriptName === "" || where === "inside") return found;
  }
  // The path is not below the prefix, so the proxy may have passed it on unchanged.
  const ofTheSite = mounts.filter(({ relative }) => !relative);
  return findMounts(ofTheSite, "", url);
}

/**
 * Adds mounts for a proxy that strips Django's FORCE_SCRIPT_NAME: then files have a path without it, too.
 *
 * @param forced FORCE_SCRIPT_NAME; empty for none
 */
export function withStripped(mounts: StaticMount[], forced: string): StaticMount[] {
  const prefix = forced.replace(/\/+$/, "");
  if (prefix === "") return mounts;
  return mounts.flatMap((mount) =>
    !mount.relative && mount.url.startsWith(`${prefix}/`)
      ? [mount, { ...mount, url: mount.url.slice(prefix.length), relative: true }]
      : [mount],
  );
}
