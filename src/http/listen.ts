import { lstatSync, unlinkSync } from "node:fs";
import { createConnection, type ListenOptions, type Server } from "node:net";
import { type Address, cannotBind, isAbstract } from "../config/values/address.ts";
import { QuintetError, systemCode } from "../shared/errors.ts";

/** Who may reach a socket is decided by its folder, as with other servers' sockets, unless its address says otherwise. */
const SOCKET_MODE = 0o666;

/**
 * Listen, and say where: `http://127.0.0.1:8000` or `unix:/run/shop.sock`.
 *
 * @throws {QuintetError} QUINTET_BIND, saying why
 */
export async function listen(server: Server, address: Address, backlog: number): Promise<string> {
  const isFile = "path" in address && !isAbstract(address.path);
  if (isFile) await removeStaleSocket(address.path);
  const options: ListenOptions =
    "path" in address
      ? { path: isFile ? address.path : `\0${address.path.slice(1)}`, backlog }
      : { host: address.host, port: address.port, backlog };
  // The file of a socket has its mode from the start. It is made before listen() returns.
  const mask = isFile ? process.umask(0o777 & ~(address.mode ?? SOCKET_MODE)) : null;
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

/** Listen on a socket that is another's, and that stays open when we have closed it. */
export async function listenInherited(
  server: Server,
  { descriptor, where }: { descriptor: number; where: string },
  backlog: number,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // Node takes no backlog from the options where they name a descriptor.
    server.listen({ fd: descriptor }, backlog, () => resolve());
  });
  return where;
}

/** A socket file that a killed server has left behind. One that somebody listens on is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  // Connecting to any other file is refused as well, and it would be removed.
  if (!found.isSocket()) {
    const message = `Cannot listen on ${path}: a file that is no socket is there.`;
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
