import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * A free port, chosen by the system, for the next server.
 *
 * A connection to it is left in TIME_WAIT for a minute: meanwhile the system gives the port to nobody who asks for any,
 * neither in this test nor in another one, while a server that names it may listen there (SO_REUSEADDR).
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  const client = connect(port, "127.0.0.1").resume();
  client.on("error", () => {});
  const [socket] = (await accepted) as [Socket];
  // The side that closes first keeps the port in TIME_WAIT.
  const closed = once(client, "close");
  socket.resume().end();
  await closed;
  server.close();
  await once(server, "close");
  return port;
}
