import type { Socket } from "node:net";

/** The client's address. An IPv4 address on a dual-stack socket is returned without its `::ffff:`. Empty for a unix socket. */
export function clientAddress(socket: Socket): string {
  return withoutMapping(socket.remoteAddress);
}

/** @param address empty if there is none */
export function withoutMapping(address: string = ""): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
