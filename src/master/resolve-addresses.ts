import { lookup } from "node:dns/promises";
import { cannotBind, parseAddress, type SocketFile } from "../config/values/address.ts";

/** An address in the form that the master gets. */
export type ResolvedAddress =
  | SocketFile
  | { host: string; ip: string; family: number; port: number };

/**
 * Resolve the names in these addresses. Only the master binds them: a trial here would accept clients for a moment and then
 * cut them off.
 *
 * @throws {QuintetError} QUINTET_BIND for an unknown name
 */
export async function resolveAddresses(texts: string[]): Promise<ResolvedAddress[]> {
  const found: ResolvedAddress[] = [];
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
