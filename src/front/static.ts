import { once } from "node:events";
import { ReadStream, type Stats } from "node:fs";
import { realpath } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { sep } from "node:path";
import type { Readable } from "node:stream";
import { send, type SendResult } from "@fastify/send";
import { systemCode } from "../errors.ts";
import type { Access } from "../log.ts";
import { connectionOf } from "./connection.ts";
import { clientAddress } from "./environ.ts";

/** A folder that is served under a path. */
export interface StaticMount {
  /** Begins and ends with a slash. */
  url: string;
  root: string;
  kind: "static" | "media";
  /** The URL begins where the application is mounted. */
  relative?: boolean;
}

/** A name that changes with its content, as Django's ManifestStaticFilesStorage makes it. */
const HASHED = /\.[0-9a-f]{12}\.[^./]+$/;

/** There is something, but nothing to serve. */
class NoFile extends Error {}

/** A mount, and the target of a request as that mount counts it: it begins with the mount's path. */
export interface FoundMount {
  mount: StaticMount;
  target: string;
}

/**
 * The mount whose path begins a request target, if any; of several the longest.
 *
 * @param scriptName where the application is mounted; empty for the root
 * @param url the request target below it
 */
export function findMount(
  mounts: StaticMount[],
  scriptName: string,
  url: string,
): FoundMount | undefined {
  let found: FoundMount | undefined;
  for (const mount of mounts) {
    const target = mount.relative ? url : scriptName + url;
    const isLonger = mount.url.length > (found?.mount.url.length ?? 0);
    if (isLonger && target.startsWith(mount.url)) found = { mount, target };
  }
  return found;
}

/**
 * Serve a file of a mount: types, ranges, ETag, conditions and HEAD are the library's.
 *
 * @returns false if there is no such file, so that the application may answer (a page of its own, or its own 404)
 * @throws what keeps a file that is there from being read
 */
export async function serveStatic(
  mount: StaticMount,
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  access: ((access: Access) => void) | null,
): Promise<boolean> {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const began = performance.now();
  const mark = target.indexOf("?");
  const path = target.slice(mount.url.length - 1, mark < 0 ? undefined : mark);
  const found = await find(mount, request, path);
  if (found === null) return false;
  const { statusCode, headers, stream } = found;
  if (response.destroyed || request.socket.destroyed) {
    stream.destroy();
    return true;
  }
  // Uploaded files are not to be taken for something else by a browser.
  const extra = mount.kind === "media" ? { "X-Content-Type-Options": "nosniff" } : {};
  response.writeHead(statusCode, { ...headers, ...extra, Server: "quintet" });
  const count = sendStream(stream, response, request.method === "GET" ? headers : {});
  response.on("close", () => {
    stream.destroy();
    if (!access) return;
    const ms = Math.round((performance.now() - began) * 100) / 100;
    access({
      client: clientAddress(request.socket),
      method: request.method as string,
      path: target,
      status: statusCode,
      bytes: count(),
      ms,
      queueMs: 0,
      appMs: 0,
      ...(response.writableFinished
        ? {}
        : { cut: connectionOf(request.socket).cut ?? "the client left" }),
    });
  });
  return true;
}

/** The library's answer for a file; null where the application is to answer. */
async function find(
  mount: StaticMount,
  request: IncomingMessage,
  path: string,
): Promise<SendResult | null> {
  const hashed = mount.kind === "static" && HASHED.test(path);
  try {
    const result = await send(request, path, {
      root: mount.root,
      index: false,
      dotfiles: "ignore",
      maxAge: hashed ? "365d" : 0,
      immutable: hashed,
      onFile: (file, stat) => checkFile(mount, file, stat),
    });
    const { type, statusCode, stream } = result;
    if (type === "error" && statusCode === 500) throw result.metadata.error;
    // The library forbids a folder with its slash, and redirects to it without.
    const isFolder = type === "directory" || (statusCode === 403 && path.endsWith("/"));
    if (isFolder || statusCode === 404) {
      stream.destroy();
      return null;
    }
    // Only now is it known whether this user may read it.
    if (stream instanceof ReadStream && stream.pending) await once(stream, "open");
    return result;
  } catch (error) {
    if (error instanceof NoFile || systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Links in STATIC_ROOT are those of whoever deploys (`collectstatic --link`); one in MEDIA_ROOT may have come with an
 * upload, so it may not lead out of there.
 */
async function checkFile(mount: StaticMount, file: string, stat: Stats): Promise<void> {
  if (!stat.isFile()) throw new NoFile();
  if (mount.kind === "static") return;
  const [root, real] = await Promise.all([realpath(mount.root), realpath(file)]);
  if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) throw new NoFile();
}

/** @returns how many bytes were sent so far */
function sendStream(
  stream: Readable,
  response: ServerResponse,
  headers: Record<string, unknown>,
): () => number {
  const length = headers["Content-Length"];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stream.on("error", () => response.destroy());
  stream.on("end", () => {
    // A file that has become shorter meanwhile: the client would take the next answer for the rest.
    if (length === undefined || bytes === Number(length)) response.end();
    else response.destroy();
  });
  stream.pipe(response, { end: false });
  return () => bytes;
}
