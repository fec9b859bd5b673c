import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { QuintetError, systemCode } from "../../shared/errors.ts";

/** A unix socket: its file, and who may connect. A path such as `@name` is an abstract socket, which has no file. */
export interface SocketFile {
  path: string;
  mode?: number;
  /** The owner of the file, a name or a number. */
  user?: string;
  group?: string;
}

/** An address to listen on. */
export type Address = { host: string; port: number } | SocketFile;

/** The forms of an address, for --help and errors. */
export const ADDRESS_FORMS =
  "host:port, [ipv6]:port, :port (all interfaces), a port (this machine only) or unix:/path, also unix:/path?mode=0660&user=NAME&group=NAME, or unix:@name (an abstract socket of Linux)";

/** @returns what the text must be instead, or null if it is a valid address */
export function expectedAddress(text: string): string | null {
  return expectedAbstract(text) ?? (parseAddress(text) === null ? ADDRESS_FORMS : null);
}

/** @returns null if the text is not an address */
export function parseAddress(text: string): Address | null {
  if (expectedAbstract(text) !== null) return null;
  if (text.startsWith("unix:")) return parseSocket(text.slice(5));
  const match = /^(?:(?:\[([\w:.%]+)\]|([^:[\]\s]*)):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) return null;
  return { host: match[1] ?? (match[2] || (text.startsWith(":") ? "0.0.0.0" : "127.0.0.1")), port };
}

/** Linux allows 108 bytes, of which the first is NUL (unix(7)). */
const MAX_ABSTRACT_NAME_BYTES = 107;

/** Whether a path names an abstract socket, which exists only in the kernel. */
export function isAbstract(path: string): boolean {
  return path.startsWith("@");
}

/** What an address of an abstract socket must be; null if it is valid or not of an abstract socket. */
function expectedAbstract(text: string): string | null {
  if (!text.startsWith("unix:@")) return null;
  if (text.includes("?"))
    return "unix:@name without ?mode, ?user and ?group: an abstract socket has no file, so every user of this machine may connect to it";
  const size = Buffer.byteLength(text.slice("unix:@".length));
  return size > 0 && size <= MAX_ABSTRACT_NAME_BYTES
    ? null
    : `unix:@ and a name of 1 to ${MAX_ABSTRACT_NAME_BYTES} bytes, for an abstract socket`;
}

/** Parse a path with or without `?mode=0660&user=NAME&group=NAME`. */
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

/** The same address with an absolute path. */
export function resolveSocket(text: string, folder: string): string {
  if (!text.startsWith("unix:") || isAbstract(text.slice(5))) return text;
  const [path = "", ...options] = text.slice(5).split("?");
  return ["unix:" + resolve(folder, path), ...options].join("?");
}

/**
 * Minimum length of the kernel's queue of new connections, even if `backlog` is smaller. When that queue is full, the kernel
 * drops attempts and the client only retries after a second; with a longer queue the client gets a 503 from us instead.
 */
const MIN_LISTEN_BACKLOG = 1024;
const MAX_LISTEN_BACKLOG = 65_535;

/** The length of the kernel's queue of new connections (listen(2)), from the setting `backlog`. */
export function listenBacklog(backlog: number): number {
  return Math.max(MIN_LISTEN_BACKLOG, Math.min(backlog, MAX_LISTEN_BACKLOG));
}

/** A listening socket that another process has opened. */
export interface Inherited {
  descriptor: number;
  /** The address as a person writes it. */
  where: string;
}

/** The error QUINTET_BIND with the reason why an address cannot be listened on. */
export function cannotBind(address: Address, error: Error): QuintetError {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  const why = "path" in address ? whyNoSocket(address.path) : WHY_NO_PORT;
  const reason = why[systemCode(error) ?? ""] ?? error.message;
  return new QuintetError("QUINTET_BIND", `Cannot listen on ${where}: ${reason}`, { cause: error });
}

const WHY_NO_PORT: Record<string, string> = {
  EADDRINUSE: "another process listens there. Find it with: ss -ltnp",
  EACCES: "permission denied. Ports below 1024 need the capability CAP_NET_BIND_SERVICE.",
  EADDRNOTAVAIL: "this machine has no such address.",
  ENOTFOUND: "the host name is unknown.",
};

function whyNoSocket(path: string): Record<string, string> {
  return {
    EADDRINUSE: "another process listens there. Find it with: ss -lxp",
    // libuv reports a missing folder as EACCES, too.
    EACCES: existsSync(dirname(path))
      ? "this user may not write to the folder."
      : "the folder does not exist.",
    EINVAL: "the path is too long for a socket.",
  };
}
