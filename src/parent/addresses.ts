import { type AddressInfo, createServer } from "node:net";
import { listen, parseAddress } from "../front/bind.ts";

/** An address as the parent is told it. */
export type ParentAddress =
  | { path: string }
  | { host: string; ip: string; family: 4 | 6; port: number };

/**
 * Find out whether these addresses can be had, and what their names stand for.
 *
 * @throws {QuintetError} QUINTET_BIND, saying why not
 */
export async function tryAddresses(texts: string[]): Promise<ParentAddress[]> {
  const found: ParentAddress[] = [];
  const servers = [];
  try {
    for (const text of texts) {
      const address = parseAddress(text);
      if (address === null) continue; // the settings have been checked
      // Who comes this very moment has to come again: close() would wait for it.
      const server = createServer((socket) => void socket.destroy());
      servers.push(server);
      await listen(server, address, 1);
      if ("path" in address) found.push(address);
      else {
        const bound = server.address() as AddressInfo;
        const family = bound.family === "IPv6" ? 6 : 4;
        found.push({ host: address.host, ip: bound.address, family, port: address.port });
      }
    }
  } finally {
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  }
  return found;
}
