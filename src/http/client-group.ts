import { isIPv6 } from "node:net";

/**
 * Whom an address is counted for: an IPv4 address itself, of an IPv6 address its /64, for that is the least that one client is
 * given.
 */
export function clientGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [before = "", after] = (address.split("%")[0] as string).split("::");
  const groups = before === "" ? [] : before.split(":");
  const rest = after === undefined || after === "" ? [] : after.split(":");
  const missing = after === undefined ? 0 : 8 - groups.length - rest.length;
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill("0"), ...rest];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
