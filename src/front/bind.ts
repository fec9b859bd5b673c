import { chmodSync, existsSync, unlinkSync } from "node:fs";
import { createConnection, type ListenOptions } from "node:net";
import type { Server } from "node:http";
import { QuintetError, systemCode } from "../errors.ts";

/** An address to listen on. */
export type Address = { host: string; port: number } | { path: string };

/**
 * `host:port`, `:port`, `[::1]:port` or `unix:/path`.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:")) {
    const path = text.slice(5);
    if (path) return { path };
  }
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):?(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535 || (!text.includes(":") && !/^\d+$/.test(text))) {
    throw new QuintetError("QUINTET_SETTING", `bind: ${JSON.stringify(text)} is not an address.`, {
      advice: "An address is host:port, [ipv6]:port, :port (all interfaces) or unix:/path.",
    });
  }
  return { host: match[1] ?? (match[2] || (text.startsWith(":") ? "0.0.0.0" : "127.0.0.1")), port };
}

/**
 * Listen, and say where: `http://127.0.0.1:8000` or `unix:/run/shop.sock`.
 *
 * @throws {QuintetError} QUINTET_BIND, saying why
 */
export async function listen(server: Server, address: Address, backlog: number): Promise<string> {
  if ("path" in address) await removeStaleSocket(address.path);
  const options: ListenOptions = { ...address, backlog };
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotBind(address, error)));
    server.listen(options, () => resolve());
  });
  if ("path" in address) {
    // Who may reach it is decided by its folder, as with other servers' sockets.
    chmodSync(address.path, 0o666);
    return `unix:${address.path}`;
  }
  const bound = server.address();
  const port = bound && typeof bound === "object" ? bound.port : address.port;
  return `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`;
}

function cannotBind(address: Address, error: Error): QuintetError {
  const where = "path" in address ? address.path : `${address.host}:${address.port}`;
  const why: Record<string, string> = {
    EADDRINUSE: "something else listens there. Find it with: ss -ltnp",
    EACCES: "this user may not. Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE).",
    EADDRNOTAVAIL: "this machine has no such address.",
    ENOENT: "there is no such folder.",
    ENOTFOUND: "the name is not known.",
  };
  const reason = why[systemCode(error) ?? ""] ?? error.message;
  return new QuintetError("QUINTET_BIND", `Cannot listen on ${where}: ${reason}`, { cause: error });
}

/** A socket file that a killed server has left behind. One that somebody listens on is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.on("error", (error) => resolve(systemCode(error) === "ECONNREFUSED"));
  });
  if (refused) unlinkSync(path);
}
