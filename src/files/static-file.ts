import fs, { closeSync, readSync, type Stats } from "node:fs";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { mime, send, type SendResult } from "@fastify/send";
import { systemCode } from "../shared/errors.ts";
import { chooseRepresentation, type Representation, tagWith, untag } from "./encodings.ts";
import { Found } from "./found.ts";
import type { StaticFound, StaticQuestion } from "./jobs.ts";

/** Bytes of a file that are sent in one piece with the head, and that of a longer one are read before it is sent. */
const ONE_PIECE = 32 * 1024;
const FIRST = 64 * 1024;

/** A name that changes with its content, as Django's ManifestStaticFilesStorage makes it. */
const HASHED = /\.[0-9a-f]{12}\.[^./]+$/;

/** Types in which a browser would run scripts: HTML, and all that is XML. */
const RUNS = /\/(xhtml|html|xml|xsl|mathml)\b|\+xml\b/;

/** System errors of a name that leads nowhere. */
const NOWHERE = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);

/** What the library answers where there is no file: 400 for a name that is no UTF-8. */
const NO_FILE: ReadonlySet<number> = new Set([400, 403, 404]);

/** What is there is not to be served. */
class NoFile extends Error {}

/**
 * The answer for a file of a mount: types, ranges, ETag, conditions and HEAD are the library's.
 *
 * @returns null if there is no such file, so that the application may answer
 * @throws what keeps a file that is there from being read
 */
export async function staticFile(question: StaticQuestion): Promise<StaticFound | null> {
  const { root, path, confined, uploads, hidden } = question;
  const headers = { ...question.headers };
  const look = (name: string): Found => (confined ? findInside(name, root) : new Found(name));
  let found: Found | null = null;
  let chosen: Representation | null = null;
  let failure: unknown = null;
  lookUp = (name) => {
    try {
      found = look(name);
      const { stats } = found;
      if (!stats.isFile() && !stats.isDirectory()) throw new NoFile();
      // Whoever uploads a file must not be able to put another one in the place of somebody else's.
      if (!stats.isFile() || uploads) return stats;
      chosen = chooseRepresentation(found, headers["accept-encoding"] ?? "", look);
      found = chosen.found;
      if (chosen.coding !== "") untag(headers, chosen.coding);
      return found.stats;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const hashed = !uploads && HASHED.test(path);
  try {
    // It looks the name up at once. What it says of a HEAD comes without a file that it would open again.
    const head = await send({ method: "HEAD", headers } as unknown as Readable, path, {
      root,
      index: false,
      dotfiles: hidden ? "allow" : "ignore",
      maxAge: hashed ? "365d" : 0,
      immutable: hashed,
    });
    if (failure !== null) throw failure;
    // The library redirects to a folder without its slash, and forbids one with it, or a path that leads out of the root.
    if (head.type === "directory" || NO_FILE.has(head.statusCode)) return null;
    return await answer(question, head, found, chosen);
  } catch (error) {
    if (error instanceof NoFile || NOWHERE.has(systemCode(error) ?? "")) return null;
    throw error;
  } finally {
    (found as Found | null)?.close();
  }
}

// The library looks a name up, and would open it later. Here it is told of what has been looked up once: this is the `fs`
// of a thread that does nothing else.
let lookUp: (name: string) => Stats;
Object.assign(fs, {
  stat(name: string, done: (error: unknown, stats?: Stats) => void) {
    try {
      done(null, lookUp(name));
    } catch (error) {
      done(error);
    }
  },
});

/**
 * Links in STATIC_ROOT are those of whoever deploys (`collectstatic --link`). One in MEDIA_ROOT may have come with an
 * upload, so it may not lead out of there.
 */
function findInside(name: string, root: string): Found {
  for (let again = false; ; again = true) {
    const found = new Found(name);
    try {
      if (found.isInside(root)) return found;
    } catch (error) {
      found.close();
      throw error;
    }
    found.close();
    // MEDIA_ROOT may be a link to that of the current release, which was switched between our two looks.
    if (again) throw new NoFile();
  }
}

async function answer(
  { uploads, head: isHead }: StaticQuestion,
  head: SendResult,
  found: Found | null,
  chosen: Representation | null,
): Promise<StaticFound> {
  const { statusCode: status, headers } = head;
  const bodiless = { status, headers, body: "", rest: null };
  if (head.type === "error" || found === null) {
    return { ...bodiless, body: isHead ? "" : await text(head.stream) };
  }
  if (uploads) Object.assign(headers, forUploads(found.name));
  if (chosen?.varies) headers.Vary = "Accept-Encoding";
  if (chosen && chosen.coding !== "") {
    headers.ETag = tagWith(chosen.coding, String(headers.ETag));
    if (status !== 304) headers["Content-Encoding"] = chosen.coding;
  }
  if (status === 304) return bodiless;
  const descriptor = found.open();
  let keep = false;
  try {
    if (isHead) return bodiless;
    const { body, rest } = content(descriptor, headers);
    keep = rest !== null;
    return { status, headers, body, rest };
  } finally {
    if (!keep) closeSync(descriptor);
  }
}

/** A browser is not to take an uploaded file for something else, nor to run it as a page of the site. */
function forUploads(name: string): Record<string, string> {
  const headers: Record<string, string> = { "X-Content-Type-Options": "nosniff" };
  if (RUNS.test(mime.getType(name) ?? "")) headers["Content-Security-Policy"] = "sandbox";
  return headers;
}

const buffer = Buffer.allocUnsafeSlow(ONE_PIECE);

/** The part of a file that the head announces. */
function content(
  descriptor: number,
  headers: Record<string, unknown>,
): Pick<StaticFound, "body" | "rest"> {
  const length = Number(headers["Content-Length"]);
  const range = /^bytes (\d+)-/.exec(String(headers["Content-Range"] ?? ""));
  const position = range === null ? 0 : Number(range[1]);
  if (length === 0) return { body: "", rest: null };
  const isSmall = length <= ONE_PIECE;
  const into = isSmall ? buffer : Buffer.allocUnsafeSlow(Math.min(length, FIRST));
  const size = readSync(descriptor, into, 0, Math.min(length, into.length), position);
  const body = isSmall ? into.toString("latin1", 0, size) : into.subarray(0, size);
  // Less than was announced, if the file has become shorter meanwhile.
  const rest =
    size === length ? null : { descriptor, position: position + size, size: length - size };
  return { body, rest };
}
