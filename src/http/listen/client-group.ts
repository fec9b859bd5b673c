import { isIPv6 } from "node:net";

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which is the least that a provider assigns to a
 * client.
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
