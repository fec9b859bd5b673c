import { accessSync, constants, existsSync } from "node:fs";
import Negotiator from "negotiator";
import type { ResolvedFile } from "./resolved-file.ts";

/** Content codings, and how the name of a compressed file ends. If a client likes several equally, the first is used. */
const ENDINGS = new Map([
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
]);
const PREFERRED = [...ENDINGS.keys(), "identity"];

/** What is sent for a file: the file itself, or a compressed copy beside it. */
export interface Representation {
  found: ResolvedFile;
  /** Of Content-Encoding; empty for the file itself. */
  coding: string;
  /** There is more than one, so the response depends on Accept-Encoding. */
  varies: boolean;
}

/**
 * Choose by what the client accepts (RFC 9110, section 12.5.3). If nothing fits, it gets the file itself, even if it refuses
 * `identity`.
 *
 * @param found is closed if another one takes its place
 * @param look how a name is looked up; it may throw
 */
export function chooseRepresentation(
  found: ResolvedFile,
  acceptEncoding: string,
  look: (name: string) => ResolvedFile,
): Representation {
  const there = new Map<string, string>();
  for (const [coding, ending] of ENDINGS) {
    const name = found.name + ending;
    // Mostly there is none, and an error would take longer than all the rest.
    if (!found.name.endsWith(ending) && existsSync(name)) there.set(coding, name);
  }
  const itself = { found, coding: "", varies: there.size > 0 };
  if (there.size === 0 || acceptEncoding === "" || acceptEncoding.length > LONGEST) return itself;
  for (const coding of accepted(acceptEncoding)) {
    if (coding === "identity") break;
    const name = there.get(coding);
    if (name === undefined) continue;
    const other = sibling(name, found, look);
    if (other === null) continue;
    found.close();
    return { found: other, coding, varies: true };
  }
  return itself;
}

/** Null if it cannot stand for the file: it is older, so the file has changed since, or it is not a readable file. */
function sibling(
  name: string,
  of: ResolvedFile,
  look: (name: string) => ResolvedFile,
): ResolvedFile | null {
  let found: ResolvedFile | null = null;
  try {
    // Looking a file up takes no right to read it.
    accessSync(name, constants.R_OK);
    found = look(name);
    // Whole seconds: whoever copies files may leave out the rest.
    const isOlder = Math.floor(found.stats.mtimeMs / 1000) < Math.floor(of.stats.mtimeMs / 1000);
    if (found.stats.isFile() && !isOlder) return found;
  } catch {
    // It may have been removed just now. The file itself is there.
  }
  found?.close();
  return null;
}

/** Codings by how much a client likes them. Clients are of few kinds. */
const known = new Map<string, string[]>();
const KNOWN_MOST = 200;
/** Characters of a header that is looked through: no client that means well sends as many. */
const LONGEST = 500;

function accepted(header: string): string[] {
  let codings = known.get(header);
  if (codings === undefined) {
    const negotiator = new Negotiator({ headers: { "accept-encoding": header } });
    const choose = negotiator.encodings as (
      available: string[],
      options: { preferred: string[] },
    ) => string[];
    codings = choose.call(negotiator, PREFERRED, { preferred: PREFERRED });
    if (known.size >= KNOWN_MOST) known.clear();
    known.set(header, codings);
  }
  return codings;
}

/** Header fields of a request in which entity tags stand. */
const TAGGED = ["if-match", "if-none-match", "if-range"];

/** Two representations of a file have two entity tags: that of a compressed one ends with its coding. */
export function tagWith(coding: string, tag: string): string {
  return tag.replace(/"$/, `-${coding}"`);
}

/** Remove the coding from the tags of a request, because the library does not know it. Tags of other representations match nothing. */
export function untag(headers: Record<string, string>, coding: string): void {
  const ending = `-${coding}`;
  for (const name of TAGGED) {
    const value = headers[name];
    if (value === undefined) continue;
    headers[name] = value.replace(/"([^"]*)"/g, (_, tag: string) =>
      tag.endsWith(ending) ? `"${tag.slice(0, -ending.length)}"` : '"another"',
    );
  }
}
