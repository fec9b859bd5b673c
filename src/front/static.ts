import type { IncomingMessage, ServerResponse } from "node:http";
import { send } from "@fastify/send";
import type { Access } from "../log.ts";
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

/** The mount whose path begins a request target, if any, and that target as the mount sees it. */
export function findMount(
  mounts: StaticMount[],
  scriptName: string,
  url: string,
): { mount: StaticMount; target: string } | undefined {
  for (const mount of mounts) {
    const target = mount.relative ? url : scriptName + url;
    if (target.startsWith(mount.url)) return { mount, target };
  }
  return undefined;
}

/**
 * Serve a file of a mount: types, ranges, ETag, conditions and HEAD are the library's.
 *
 * @returns false if there is no such file, so that the application may answer (a page of its own, or its own 404)
 */
export async function serveStatic(
  mount: StaticMount,
  request: IncomingMessage,
  response: ServerResponse,
  url: string,
  access: ((access: Access) => void) | null,
): Promise<boolean> {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const began = performance.now();
  const mark = url.indexOf("?");
  const path = url.slice(mount.url.length - 1, mark < 0 ? undefined : mark);
  const hashed = HASHED.test(path);
  const { statusCode, headers, stream } = await send(request, path, {
    root: mount.root,
    index: false,
    dotfiles: "ignore",
    maxAge: hashed ? "365d" : 0,
    immutable: hashed,
  });
  if (statusCode === 404 || statusCode === 301) {
    stream.destroy();
    return false;
  }
  // Uploaded files are not to be taken for something else by a browser.
  const extra = mount.kind === "media" ? { "X-Content-Type-Options": "nosniff" } : {};
  response.writeHead(statusCode, { ...headers, ...extra, Server: "quintet" });
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stream.on("error", () => response.destroy());
  response.on("close", () => {
    stream.destroy();
    if (!access) return;
    const ms = Math.round((performance.now() - began) * 100) / 100;
    access({
      client: clientAddress(request.socket),
      method: request.method as string,
      path: url,
      status: statusCode,
      bytes,
      ms,
      queueMs: 0,
      appMs: 0,
      ...(response.writableFinished ? {} : { cut: "the client left" }),
    });
  });
  stream.pipe(response);
  return true;
}
