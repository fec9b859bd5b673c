import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { inThread } from "../files/in-thread.ts";
import { PartStream } from "../files/part-stream.ts";
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
 * Serve a file of a mount.
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
  const found = await inThread(mount.root, "static", {
    root: mount.root,
    path,
    uploads: mount.kind === "media",
    head: request.method === "HEAD",
    headers: deciding(request),
  });
  if (found === null) return false;
  const { status, headers, body } = found;
  const rest = found.rest && new PartStream(mount.root, found.rest);
  if (response.destroyed || request.socket.destroyed) {
    rest?.destroy();
    return true;
  }
  response.writeHead(status, { ...headers, Server: "quintet" });
  let count = (): number => body.length;
  if (rest === null) response.end(body, "latin1");
  else {
    response.write(body, "latin1");
    count = sendStream(rest, response, Number(headers["Content-Length"]), body.length);
  }
  response.on("close", () => {
    rest?.destroy();
    if (!access) return;
    const ms = Math.round((performance.now() - began) * 100) / 100;
    access({
      client: clientAddress(request.socket),
      method: request.method as string,
      path: target,
      status,
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

/** Header fields that decide what is sent of a file. */
const DECIDING = [
  "cache-control",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
];

function deciding({ headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of DECIDING) {
    const value = headers[name];
    if (value !== undefined) found[name] = String(value);
  }
  return found;
}

/**
 * @param before bytes that were sent already
 * @returns how many were so far
 */
function sendStream(
  stream: Readable,
  response: ServerResponse,
  length: number,
  before: number,
): () => number {
  let bytes = before;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stream.on("error", () => response.destroy());
  stream.on("end", () => {
    // A file that has become shorter meanwhile: the client would take the next answer for the rest.
    if (bytes === length) response.end();
    else response.destroy();
  });
  stream.pipe(response, { end: false });
  return () => bytes;
}
