import { lookup } from "node:dns/promises";
import { cannotBind, parseAddress, type SocketFile } from "../config/values/address.ts";

/** An address as the parent is told it. */
export type ParentAddress = SocketFile | { host: string; ip: string; family: number; port: number };

/**
 * Find out what the names of these addresses stand for. Whether they can be had the parent finds out, which takes them: to try it
 * here would let clients in for a moment, and cut them off.
 *
 * @throws {QuintetError} QUINTET_BIND for a name that is not known
 */
export async function resolveAddresses(texts: string[]): Promise<ParentAddress[]> {
  const found: ParentAddress[] = [];
  for (const text of texts) {
    const address = parseAddress(text);
    if (address === null) continue; // the settings have been checked
    if ("path" in address) {
      found.push(address);
      continue;
    }
    const { host, port } = address;
    try {
      const { address: ip, family } = await lookup(host);
      found.push({ host, ip, family, port });
    } catch (error) {
      throw cannotBind(address, error as Error);
    }
  }
  return found;
}
