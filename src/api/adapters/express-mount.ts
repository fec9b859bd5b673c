import type { IncomingMessage } from "node:http";

/** Where a framework has mounted an application. */
export interface MountPath {
  /** The path of the mount, without a slash at its end; empty at the root. */
  scriptName: string;
  /** The request target below it. */
  url: string;
}

/** What Express and connect add to a request. */
interface Routed {
  baseUrl?: unknown;
  originalUrl?: unknown;
}

/** Express and connect remove the path of the mount from `url`. The removed part is the SCRIPT_NAME (PEP 3333). */
export function mountPathOf(request: IncomingMessage): MountPath {
  const url = request.url as string;
  const { baseUrl, originalUrl } = request as Routed;
  if (typeof baseUrl === "string") return { scriptName: baseUrl, url };
  if (typeof originalUrl !== "string") return { scriptName: "", url };
  let scriptName = "";
  if (originalUrl.endsWith(url)) scriptName = originalUrl.slice(0, -url.length);
  // If nothing remains of the path, they add a slash: a mount at `/shop` turns `/shop` into `/`, and `/shop?page=2` into
  // `/?page=2`.
  else if (originalUrl.endsWith(url.slice(1)))
    scriptName = originalUrl.slice(0, originalUrl.length - url.length + 1);
  return { scriptName: scriptName.endsWith("/") ? scriptName.slice(0, -1) : scriptName, url };
}
