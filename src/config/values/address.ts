import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { QuintetError, systemCode } from "../../shared/errors.ts";

/** The file of a unix socket, and who may connect to it; or, with a path such as `@name`, an abstract socket, which is no file. */
export interface SocketFile {
  path: string;
  mode?: number;
  /** Whom the file belongs to: names or numbers. */
  user?: string;
  group?: string;
}

/** An address to listen on. */
export type Address = { host: string; port: number } | SocketFile;

/** What an address is, for whoever has written another one. */
export const ADDRESS_FORMS =
  "host:port, [ipv6]:port, :port (all interfaces), a port (this machine only) or unix:/path, also unix:/path?mode=0660&user=NAME&group=NAME, or unix:@name (an abstract socket of Linux)";

/**
 * `host:port`, `[::1]:port`, `:port`, `port` or `unix:/path`; null for what is no address.
 */
export function parseAddress(text: string): Address | null {
  if (wrongAbstract(text) !== null) return null;
  if (text.startsWith("unix:")) return parseSocket(text.slice(5));
  const match = /^(?:(?:\[([\w:.%]+)\]|([^:[\]\s]*)):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) return null;
  return { host: match[1] ?? (match[2] || (text.startsWith(":") ? "0.0.0.0" : "127.0.0.1")), port };
}

/** Bytes that a name may have beside the NUL in front of it. */
const NAME_MOST = 107;

/** Whether an address is of an abstract socket: a name known to the kernel alone, and no file. */
export function isAbstract(path: string): boolean {
  return path.startsWith("@");
}

/** What is wrong with an address that seems to be of an abstract socket; null if nothing is, or it is another one. */
export function wrongAbstract(text: string): string | null {
  if (!text.startsWith("unix:@")) return null;
  if (text.includes("?"))
    return "without ?mode, ?user and ?group: an abstract socket is no file, so every user of this machine may connect to it (unix:@name)";
  const size = Buffer.byteLength(text.slice("unix:@".length));
  return size > 0 && size <= NAME_MOST
    ? null
    : `unix:@ and a name of 1 to ${NAME_MOST} bytes, for an abstract socket`;
}

/** A path, and perhaps `?mode=0660&user=NAME&group=NAME`. */
function parseSocket(text: string): SocketFile | null {
  const [path = "", options, ...more] = text.split("?");
  if (path === "" || more.length > 0) return null;
  const socket: SocketFile = { path };
  for (const option of options?.split("&") ?? []) {
    const [, name, value = ""] = /^(mode|user|group)=([\w.$-]+)$/.exec(option) ?? [];
    if (name === "user" || name === "group") socket[name] = value;
    else if (name === "mode" && /^0?[0-7]{3}$/.test(value)) socket.mode = Number.parseInt(value, 8);
    else return null;
  }
  return socket;
}

/** The same address with its path made absolute. */
export function resolveSocket(text: string, folder: string): string {
  if (!text.startsWith("unix:") || isAbstract(text.slice(5))) return text;
  const [path = "", ...options] = text.slice(5).split("?");
  return ["unix:" + resolve(folder, path), ...options].join("?");
}

/**
 * Connections that the system is to hold for us in any case: beyond them a client's attempt is dropped, and made again after
 * a second, where it could be told 503, or be a probe.
 */
const LEAST_BACKLOG = 1024;
const MOST_BACKLOG = 65_535;

/** How many connections the system is to hold, where so many requests may wait. */
export function listenBacklog(backlog: number): number {
  return Math.max(LEAST_BACKLOG, Math.min(backlog, MOST_BACKLOG));
}

/** A socket that listens already, and that somebody else has opened and keeps. */
export interface Inherited {
  descriptor: number;
  /** As a person writes it. */
  where: string;
}

/** Why an address cannot be listened on, as the error QUINTET_BIND. */
export function cannotBind(address: Address, error: Error): QuintetError {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  const why = "path" in address ? whyNoSocket(address.path) : WHY_NO_PORT;
  const reason = why[systemCode(error) ?? ""] ?? error.message;
  return new QuintetError("QUINTET_BIND", `Cannot listen on ${where}: ${reason}`, { cause: error });
}

const WHY_NO_PORT: Record<string, string> = {
  EADDRINUSE: "something else listens there. Find it with: ss -ltnp",
  EACCES: "this user may not. Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE).",
  EADDRNOTAVAIL: "this machine has no such address.",
  ENOTFOUND: "the name is not known.",
};

function whyNoSocket(path: string): Record<string, string> {
  return {
    EADDRINUSE: "something else listens there. Find it with: ss -lxp",
    // libuv says so of a folder that is not there, too.
    EACCES: existsSync(dirname(path))
      ? "this user may not write there."
      : "there is no such folder.",
    EINVAL: "the path is too long for a socket.",
  };
}
