import type { Socket } from "node:net";

/** The client's address. An IPv4 address on a dual-stack socket is returned without its `::ffff:`. Empty for a unix socket. */
export function clientAddress(socket: Socket): string {
  return withoutMapping(socket.remoteAddress);
}

function withoutMapping(address: string = ""): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/** The part of the environ that is the same for all requests of a connection, encoded as in `EncodedEnviron.text`. */
export function connectionVariables(socket: Socket, scheme: "http" | "https"): string {
  const port = socket.localPort ?? (scheme === "https" ? 443 : 80);
  return (
    `SERVER_NAME\0${withoutMapping(socket.localAddress) || "localhost"}\0SERVER_PORT\0${port}\0` +
    `REMOTE_ADDR\0${clientAddress(socket)}\0REMOTE_PORT\0${socket.remotePort ?? ""}\0` +
    `wsgi.url_scheme\0${scheme}\0`
  );
}
