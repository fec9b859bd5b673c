import type { IncomingMessage } from "node:http";

/** Where an application is mounted, and the request target below that. */
export interface MountPath {
  scriptName: string;
  url: string;
}

/** What Express and connect add to a request. */
interface Routed {
  baseUrl?: unknown;
  originalUrl?: unknown;
}

/** Express and connect cut the path of the mount off `url`; what they cut is the SCRIPT_NAME. */
export function mountPathOf(request: IncomingMessage): MountPath {
  const url = request.url as string;
  const { baseUrl, originalUrl } = request as Routed;
  if (typeof baseUrl === "string") return { scriptName: baseUrl, url };
  if (typeof originalUrl !== "string") return { scriptName: "", url };
  let scriptName = "";
  if (originalUrl.endsWith(url)) scriptName = originalUrl.slice(0, -url.length);
  // Of `/shop` nothing is left, so they put a slash where there was none; `/shop?page=2` becomes `/?page=2`.
  else if (originalUrl.endsWith(url.slice(1)))
    scriptName = originalUrl.slice(0, originalUrl.length - url.length + 1);
  return { scriptName: scriptName.endsWith("/") ? scriptName.slice(0, -1) : scriptName, url };
}
