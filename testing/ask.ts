import { parseResponses, type RawResponse } from "./http.ts";
import { raw } from "./socket.ts";

/** One request on its own connection, with the target sent exactly as given. */
export async function ask(
  port: number,
  target: string,
  headers: string[] = [],
  method: string = "GET",
): Promise<RawResponse> {
  const connection = await raw(port);
  const lines = [`${method} ${target} HTTP/1.1`, "Host: a", "Connection: close", ...headers];
  connection.write(`${lines.join("\r\n")}\r\n\r\n`);
  const { text } = await connection.closed();
  connection.destroy();
  return parseResponses(text, [method])[0] as RawResponse;
}
