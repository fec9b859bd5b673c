import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { runFileJob } from "../../files/file-threads.ts";
import { RangeStream } from "../../files/range-stream.ts";
import { roundMs } from "../access-log.ts";
import { clientAddress } from "../connection/client-address.ts";
import { connectionOf } from "../connection/connection.ts";
import type { RequestLog } from "../request-log.ts";
import { type AddedHeaders, replaceHeaders } from "../response/path-headers.ts";
import { type FoundMount, pathOf } from "./mounts.ts";

/**
 * Answers GET or HEAD with a file of a mount.
 *
 * @param added headers that are added to the response
 * @param accessLog null for none
 * @returns false if there is no such file, so that the application can answer (with a page, or with its own 404)
 * @throws a system error if the file exists and cannot be read
 */
export async function serveStatic(
  { mount, target }: FoundMount,
  request: IncomingMessage,
  response: ServerResponse,
  added: AddedHeaders | null,
  accessLog: RequestLog | null,
): Promise<boolean> {
  const startedAt = performance.now();
  const { url, root, file, confined, uploads } = mount;
  const found = await runFileJob(root, "static", {
    root,
    path: file === undefined ? pathOf(target).slice(url.length - 1) : encodeURIComponent(file),
    confined,
    uploads,
    // A hidden file is served only if staticMap names it.
    hidden: file !== undefined,
    head: request.method === "HEAD",
    headers: decidingHeaders(request),
  });
  if (found === null) return false;
  const { status, headers, body } = found;
  const rest = found.rest && new RangeStream(root, found.rest);
  if (response.destroyed || request.socket.destroyed) {
    rest?.destroy();
    return true;
  }
  if (added === null || status >= 400) {
    response.writeHead(status, { ...headers, Server: "quintet" });
  } else {
    const fields = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
    fields.push("Server", "quintet");
    replaceHeaders(fields, added);
    response.writeHead(status, fields);
  }
  let sentBytes = (): number => body.length;
  if (rest === null) response.end(body, "latin1");
  else {
    response.write(body, "latin1");
    sentBytes = sendStream(rest, response, Number(headers["Content-Length"]), body.length);
  }
  response.on("close", () => {
    rest?.destroy();
    if (accessLog === null) return;
    const cut = response.writableFinished
      ? {}
      : { cut: connectionOf(request.socket).resetReason ?? "the client left" };
    accessLog.access({
      client: clientAddress(request.socket),
      method: request.method as string,
      path: request.url as string,
      status,
      bytes: sentBytes(),
      ms: roundMs(performance.now() - startedAt),
      queueMs: 0,
      appMs: 0,
      ...cut,
    });
  });
  return true;
}

/** The request headers that decide what is sent of a file. */
const DECIDING = [
  "accept-encoding",
  "cache-control",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
];

function decidingHeaders({ headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of DECIDING) {
    const value = headers[name];
    if (value !== undefined) found[name] = String(value);
  }
  return found;
}

/**
 * Sends the rest of a file, and ends the response.
 *
 * @param length the Content-Length
 * @param bytesBefore bytes that have already been sent
 * @returns a function that returns how many bytes have been sent so far
 */
function sendStream(
  stream: Readable,
  response: ServerResponse,
  length: number,
  bytesBefore: number,
): () => number {
  let bytes = bytesBefore;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stream.on("error", () => response.destroy());
  stream.on("end", () => {
    // If the file has been truncated meanwhile, the client would take the next response for the rest.
    if (bytes === length) response.end();
    else response.destroy();
  });
  stream.pipe(response, { end: false });
  return () => bytes;
}
