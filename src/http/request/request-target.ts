import { unescapePath } from "../../shared/by-path.ts";
import { isHost } from "../../shared/host.ts";
import { RequestError } from "../reject/request-error.ts";

/**
 * The path and query of a request target. A server must accept `http://host/path` (RFC 9112, section 3.2.2), which becomes
 * `/path`. `OPTIONS *` is about the whole server and has an empty path (section 3.3).
 *
 * @param url a target that does not begin with a slash
 * @param scriptName where the application is mounted
 * @throws {RequestError} 400
 */
export function originForm(url: string, method: string, scriptName: string): string {
  if (url === "*" && method === "OPTIONS") return "";
  const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
  if (!match) {
    throw new RequestError(400, `the request target ${JSON.stringify(url)} is not a path`);
  }
  const [, host, rest] = match as unknown as [string, string, string];
  if (!isHost(host)) {
    throw new RequestError(400, `the host of the target is ${JSON.stringify(host)}`);
  }
  return rest.startsWith("/") || scriptName !== "" ? rest : `/${rest}`;
}

/** The target as the client sent it, with the script name that was split off. */
export function withScriptName(url: string, scriptName: string): string {
  return url.replace(/^https?:\/\/[^/?#]*/i, (host) => host + scriptName);
}

/** The host and port of a target in absolute form. */
export function hostOfTarget(url: string): string {
  return /^[^:]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
}

/**
 * Percent-decodes a path to bytes, each as one character, as PEP 3333 requires for PATH_INFO. Invalid escapes stay as they
 * are.
 *
 * @throws {RequestError} 400 for a NUL
 */
export function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  const decoded = unescapePath(path);
  if (decoded.includes("\0")) throw new RequestError(400, "the path has a NUL");
  return decoded;
}
