import type { Socket } from "node:net";
import { clientAddress, withoutMapping } from "./client-address.ts";

/**
 * The part of the environ that is the same for all requests of a connection, encoded as in `EncodedEnviron.text`. It describes
 * the connection itself: X-Forwarded-For, X-Forwarded-Proto and similar headers never change it, whoever sends them.
 */
export function connectionVariables(socket: Socket, scheme: "http" | "https"): string {
  const port = socket.localPort ?? (scheme === "https" ? 443 : 80);
  return (
    `SERVER_NAME\0${withoutMapping(socket.localAddress) || "localhost"}\0SERVER_PORT\0${port}\0` +
    `REMOTE_ADDR\0${clientAddress(socket)}\0REMOTE_PORT\0${socket.remotePort ?? ""}\0` +
    `wsgi.url_scheme\0${scheme}\0`
  );
}
