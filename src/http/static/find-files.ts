import type { Place } from "../proxy/prefix.ts";
import { findMounts, type FoundMount, type StaticMount } from "./mounts.ts";

/**
 * The mounts that may have the file of a request, in search order. The path of a mount starts at the root of the site, unless
 * it is relative.
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
  // The path is outside the prefix, so the proxy may have passed it on unchanged.
  const ofTheSite = mounts.filter(({ relative }) => !relative);
  return findMounts(ofTheSite, "", url);
}

/**
 * Adds mounts for a proxy that strips Django's FORCE_SCRIPT_NAME, so that files are also found at paths without it.
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
