import type { Socket } from "node:net";

/** The client's address. An IPv4 address on a dual-stack socket comes without its `::ffff:`; a unix socket has none. */
export function clientAddress(socket: Socket): string {
  return withoutMapping(socket.remoteAddress);
}

/** @param address empty if there is none */
export function withoutMapping(address: string = ""): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
