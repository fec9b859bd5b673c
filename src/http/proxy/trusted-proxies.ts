import { BlockList, isIP, type Socket } from "node:net";
import { networkOf, partsOf } from "../../config/values/trusted-proxies.ts";
import { clientAddress } from "../connection/client-address.ts";
import { connectionOf } from "../connection/connection.ts";

/**
 * The proxies whose SCRIPT_NAME header is believed, by the address that they connect from. No other header of a proxy is
 * interpreted: X-Forwarded-For and the like reach the application as they are.
 */
export class TrustedProxies {
  readonly #all: boolean;
  readonly #unix: boolean;
  readonly #list = new BlockList();

  /** @param items of the setting forwardedAllowIps, which isTrusted has checked */
  constructor(items: readonly string[]) {
    const parts = partsOf(items);
    this.#all = parts.includes("*");
    this.#unix = parts.includes("unix");
    for (const part of parts) {
      const network = networkOf(part);
      if (network) this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  has(socket: Socket): boolean {
    if (this.#all) return true;
    // A missing address does not show a unix socket: a TCP connection that has just been reset has none, either.
    if (connectionOf(socket).isUnix) return this.#unix;
    const [address = ""] = clientAddress(socket).split("%");
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? "ipv4" : "ipv6");
  }
}
