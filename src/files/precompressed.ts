import { accessSync, constants, existsSync } from "node:fs";
import Negotiator from "negotiator";
import type { ResolvedFile } from "./resolved-file.ts";

/** The extension of a compressed copy, by content coding. If a client accepts several codings equally, the first one is used. */
const EXTENSIONS = new Map([
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
]);
const PREFERRED = [...EXTENSIONS.keys(), "identity"];

/** What is sent for a file: the file itself, or a compressed copy beside it. */
export interface Representation {
  found: ResolvedFile;
  /** The Content-Encoding; empty for the file itself. */
  coding: string;
  /** Whether there are several representations, so that the response depends on Accept-Encoding. */
  varies: boolean;
}

/**
 * Chooses what the client accepts (RFC 9110, section 12.5.3). If it accepts nothing that exists, it gets the file itself.
 *
 * @param found the file itself; it is closed if a copy is chosen
 * @param resolve looks a name up; may throw a system error
 */
export function chooseRepresentation(
  found: ResolvedFile,
  acceptEncoding: string,
  resolve: (name: string) => ResolvedFile,
): Representation {
  const copies = new Map<string, string>();
  for (const [coding, extension] of EXTENSIONS) {
    const name = found.name + extension;
    // Usually there is no copy, and then a thrown error would take longer than everything else.
    if (!found.name.endsWith(extension) && existsSync(name)) copies.set(coding, name);
  }
  const itself = { found, coding: "", varies: copies.size > 0 };
  if (copies.size === 0 || acceptEncoding === "" || acceptEncoding.length > MAX_HEADER_LENGTH)
    return itself;
  for (const coding of acceptedCodings(acceptEncoding)) {
    if (coding === "identity") break;
    const name = copies.get(coding);
    if (name === undefined) continue;
    const copy = resolveCopy(name, found, resolve);
    if (copy === null) continue;
    found.close();
    return { found: copy, coding, varies: true };
  }
  return itself;
}

/** @returns null if the copy is older than the file, or is not a readable file */
function resolveCopy(
  name: string,
  of: ResolvedFile,
  resolve: (name: string) => ResolvedFile,
): ResolvedFile | null {
  let found: ResolvedFile | null = null;
  try {
    // A file can be looked up without the permission to read it.
    accessSync(name, constants.R_OK);
    found = resolve(name);
    // Compare whole seconds, because tools that copy files may drop fractions.
    const isOlder = Math.floor(found.stats.mtimeMs / 1000) < Math.floor(of.stats.mtimeMs / 1000);
    if (found.stats.isFile() && !isOlder) return found;
  } catch {
    // The copy may just have been removed. The file itself exists.
  }
  found?.close();
  return null;
}

/** The accepted codings by header, the preferred one first. Clients send few different headers. */
const cache = new Map<string, string[]>();
const MAX_CACHED = 200;
/** A longer Accept-Encoding is ignored, because no honest client sends one. */
const MAX_HEADER_LENGTH = 500;

function acceptedCodings(header: string): string[] {
  let codings = cache.get(header);
  if (codings === undefined) {
    const negotiator = new Negotiator({ headers: { "accept-encoding": header } });
    const choose = negotiator.encodings as (
      available: string[],
      options: { preferred: string[] },
    ) => string[];
    codings = choose.call(negotiator, PREFERRED, { preferred: PREFERRED });
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(header, codings);
  }
  return codings;
}

/** Request headers that contain entity tags. */
const TAG_HEADERS = ["if-match", "if-none-match", "if-range"];

/** The entity tag of a compressed copy: that of the file, with the coding at its end. Each representation has its own tag. */
export function tagWith(coding: string, tag: string): string {
  return tag.replace(/"$/, `-${coding}"`);
}

/**
 * Removes the coding from the entity tags of a request, because the library knows only the tag of the file. Tags of other
 * representations are made to match nothing.
 */
export function untag(headers: Record<string, string>, coding: string): void {
  const suffix = `-${coding}`;
  for (const name of TAG_HEADERS) {
    const value = headers[name];
    if (value === undefined) continue;
    headers[name] = value.replace(/"([^"]*)"/g, (_, tag: string) =>
      tag.endsWith(suffix) ? `"${tag.slice(0, -suffix.length)}"` : '"another"',
    );
  }
}
