import { raw } from "./socket.ts";

/**
 * Wait until the front has read whatever was sent to it before. It reads its connections in the order in which something
 * came on them: by the time it answers on a new one, it has read the others. It answers this request itself, because a
 * request without Host is refused, so no worker has to be free.
 */
export async function seenByFront({ port }: { port: number }): Promise<void> {
  const connection = await raw(port);
  connection.write("GET /seen-by-front HTTP/1.1\r\n\r\n");
  await connection.receives("HTTP/1.1 400 ");
  connection.destroy();
}
