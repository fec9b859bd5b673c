import fs, { closeSync, readSync, type Stats } from "node:fs";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { mime, send, type SendResult } from "@fastify/send";
import { systemCode } from "../shared/errors.ts";
import { chooseRepresentation, type Representation, tagWith, untag } from "./precompressed.ts";
import { ResolvedFile } from "./resolved-file.ts";
import type { StaticFound, StaticQuestion } from "./jobs.ts";

/** A file up to this size is sent together with the head. */
const MAX_WITH_HEAD_BYTES = 32 * 1024;
/** The part of a longer file that is read before the head is sent. */
const FIRST_BLOCK_BYTES = 64 * 1024;

/** A name with a hash of the content, as Django's ManifestStaticFilesStorage makes it. */
const HASHED_NAME = /\.[0-9a-f]{12}\.[^./]+$/;

/** Media types in which a browser runs scripts: HTML and everything that is XML. */
const SCRIPTABLE_TYPE = /\/(xhtml|html|xml|xsl|mathml)\b|\+xml\b/;

/** System errors that mean that there is no such file. */
const NO_FILE_ERRORS = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);

/** The statuses of the library if there is no such file. 400 is for a name that is invalid UTF-8. */
const NO_FILE_STATUSES: ReadonlySet<number> = new Set([400, 403, 404]);

/** Something exists, but must not be served. */
class NoFile extends Error {}

/**
 * The response for a file of a mount. Media types, ranges, ETag, conditions and HEAD are left to @fastify/send.
 *
 * @returns null if there is no such file, so that the application can answer
 * @throws a system error if the file exists and cannot be read
 */
export async function staticFile(question: StaticQuestion): Promise<StaticFound | null> {
  const { root, path, confined, uploads, hidden } = question;
  const headers = { ...question.headers };
  const resolve = (name: string): ResolvedFile =>
    confined ? findInside(name, root) : new ResolvedFile(name);
  let found: ResolvedFile | null = null;
  let chosen: Representation | null = null;
  let failure: unknown = null;
  lookUp = (name) => {
    try {
      found = resolve(name);
      const { stats } = found;
      if (!stats.isFile() && !stats.isDirectory()) throw new NoFile();
      // A user who uploads a compressed copy must not replace the file of another user.
      if (!stats.isFile() || uploads) return stats;
      chosen = chooseRepresentation(found, headers["accept-encoding"] ?? "", resolve);
      found = chosen.found;
      if (chosen.coding !== "") untag(headers, chosen.coding);
      return found.stats;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const isHashed = !uploads && HASHED_NAME.test(path);
  try {
    // The library looks the name up at once. A HEAD keeps it from opening the file, which it would do by looking the name up
    // again.
    const head = await send({ method: "HEAD", headers } as unknown as Readable, path, {
      root,
      index: false,
      dotfiles: hidden ? "allow" : "ignore",
      maxAge: isHashed ? "365d" : 0,
      immutable: isHashed,
    });
    if (failure !== null) throw failure;
    // The library redirects to a folder whose slash is missing. It answers 403 for a folder, and for a path out of the root.
    if (head.type === "directory" || NO_FILE_STATUSES.has(head.statusCode)) return null;
    return await answer(question, head, found, chosen);
  } catch (error) {
    if (error instanceof NoFile || NO_FILE_ERRORS.has(systemCode(error) ?? "")) return null;
    throw error;
  } finally {
    (found as ResolvedFile | null)?.close();
  }
}

// The library calls fs.stat() with a name. This replacement returns the status of the file that was looked up once and is
// opened later. It changes `fs` only in this thread, which does nothing else.
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
 * Looks up a name that must not lead out of the root. Links in STATIC_ROOT come from the deployment (`collectstatic --link`),
 * but one in MEDIA_ROOT may come from an upload.
 *
 * @throws {NoFile} if it leads out of the root
 */
function findInside(name: string, root: string): ResolvedFile {
  for (let isRetry = false; ; isRetry = true) {
    const found = new ResolvedFile(name);
    try {
      if (found.isInside(root)) return found;
    } catch (error) {
      found.close();
      throw error;
    }
    found.close();
    // MEDIA_ROOT may be a link to the current release, and a deployment may have switched it between the two lookups.
    if (isRetry) throw new NoFile();
  }
}

async function answer(
  { uploads, head: isHead }: StaticQuestion,
  head: SendResult,
  found: ResolvedFile | null,
  chosen: Representation | null,
): Promise<StaticFound> {
  const { statusCode: status, headers } = head;
  const bodiless = { status, headers, body: "", rest: null };
  if (head.type === "error" || found === null) {
    return { ...bodiless, body: isHead ? "" : await text(head.stream) };
  }
  if (uploads) Object.assign(headers, uploadHeaders(found.name));
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
    const { body, rest } = readBody(descriptor, headers);
    keep = rest !== null;
    return { status, headers, body, rest };
  } finally {
    if (!keep) closeSync(descriptor);
  }
}

/** Headers for an uploaded file. A browser must not treat it as another type, and must not run it as a page of the site. */
function uploadHeaders(name: string): Record<string, string> {
  const headers: Record<string, string> = { "X-Content-Type-Options": "nosniff" };
  if (SCRIPTABLE_TYPE.test(mime.getType(name) ?? ""))
    headers["Content-Security-Policy"] = "sandbox";
  return headers;
}

const buffer = Buffer.allocUnsafeSlow(MAX_WITH_HEAD_BYTES);

/** Reads the beginning of the part that the head announces. */
function readBody(
  descriptor: number,
  headers: Record<string, unknown>,
): Pick<StaticFound, "body" | "rest"> {
  const length = Number(headers["Content-Length"]);
  const range = /^bytes (\d+)-/.exec(String(headers["Content-Range"] ?? ""));
  const position = range === null ? 0 : Number(range[1]);
  if (length === 0) return { body: "", rest: null };
  const isSmall = length <= MAX_WITH_HEAD_BYTES;
  const into = isSmall ? buffer : Buffer.allocUnsafeSlow(Math.min(length, FIRST_BLOCK_BYTES));
  const size = readSync(descriptor, into, 0, Math.min(length, into.length), position);
  const body = isSmall ? into.toString("latin1", 0, size) : into.subarray(0, size);
  // If the file has become shorter meanwhile, this is less than announced.
  const rest =
    size === length ? null : { descriptor, position: position + size, size: length - size };
  return { body, rest };
}
