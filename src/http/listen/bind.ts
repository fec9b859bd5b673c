import { lstatSync, unlinkSync } from "node:fs";
import { createConnection, type ListenOptions, type Server } from "node:net";
import { type Address, cannotBind, isAbstract } from "../../config/values/address.ts";
import { QuintetError, systemCode } from "../../shared/errors.ts";

/**
 * The default permissions of a unix socket. As with other servers, the permissions of its folder decide who may connect.
 */
const DEFAULT_SOCKET_MODE = 0o666;

/**
 * Listens on an address.
 *
 * @param backlog how many connections may wait in the kernel's queue
 * @returns where it listens: `http://127.0.0.1:8000` or `unix:/run/shop.sock`
 * @throws {QuintetError} QUINTET_BIND
 */
export async function listen(server: Server, address: Address, backlog: number): Promise<string> {
  const isFile = "path" in address && !isAbstract(address.path);
  if (isFile) await removeStaleSocket(address.path);
  const options: ListenOptions =
    "path" in address
      ? { path: isFile ? address.path : `\0${address.path.slice(1)}`, backlog }
      : { host: address.host, port: address.port, backlog };
  // listen() creates the file of a unix socket before it returns. The umask gives it its permissions from the start.
  const mask = isFile ? process.umask(0o777 & ~(address.mode ?? DEFAULT_SOCKET_MODE)) : null;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(cannotBind(address, error)));
      server.listen(options, () => resolve());
      if (mask !== null) process.umask(mask);
    });
  } finally {
    if (mask !== null) process.umask(mask);
  }
  if ("path" in address) return `unix:${address.path}`;
  const bound = server.address();
  const port = bound && typeof bound === "object" ? bound.port : address.port;
  return `http://${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`;
}

/**
 * Listens on a socket that another process has opened. Closing it here does not close it there.
 *
 * @param where what to return
 */
export async function listenInherited(
  server: Server,
  { descriptor, where }: { descriptor: number; where: string },
  backlog: number,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // With a descriptor, Node ignores a backlog among the options.
    server.listen({ fd: descriptor }, backlog, () => resolve());
  });
  return where;
}

/**
 * Removes a socket file that a killed server has left behind. A file on which a server listens is kept.
 *
 * @throws {QuintetError} QUINTET_BIND if the file is not a socket
 */
async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  // Connecting to any other kind of file fails like connecting to a stale socket, so check the kind before removing anything.
  if (!found.isSocket()) {
    const message = `Cannot listen on ${path}: a file that is not a socket is already there.`;
    throw new QuintetError("QUINTET_BIND", message);
  }
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
