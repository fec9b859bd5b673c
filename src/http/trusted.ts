import { BlockList, isIP, type Socket } from "node:net";
import { clientAddress } from "./environ.ts";
import { connectionOf } from "./connection.ts";
import { networkOf, partsOf } from "../config/values/trusted-proxies.ts";

/** Proxies whose word is taken for what a client has sent, by their address alone. */
export class Trusted {
  readonly #all: boolean;
  readonly #unix: boolean;
  readonly #list = new BlockList();

  /** @param items as isTrusted has checked them */
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
    // Not by the lack of an address: a TCP connection that has just been reset has none, either.
    if (connectionOf(socket).unix) return this.#unix;
    const [address = ""] = clientAddress(socket).split("%");
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? "ipv4" : "ipv6");
  }
}
