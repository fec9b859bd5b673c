import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { inThread } from "../files/in-thread.ts";
import { PartStream } from "../files/part-stream.ts";
import type { Access } from "../shared/log.ts";
import { type AddedHeaders, setHeaders } from "./added-headers.ts";
import { connectionOf } from "./connection.ts";
import { clientAddress } from "./environ.ts";
import { type FoundMount, pathOf } from "./mounts.ts";

/**
 * Serve a file of a mount, to GET or HEAD.
 *
 * @param added what the response says besides
 * @returns false if there is no such file, so that the application may answer (a page of its own, or its own 404)
 * @throws what keeps a file that is there from being read
 */
export async function serveStatic(
  { mount, target }: FoundMount,
  request: IncomingMessage,
  response: ServerResponse,
  added: AddedHeaders | null,
  access: ((access: Access) => void) | null,
): Promise<boolean> {
  const began = performance.now();
  const { url, root, file, confined, uploads } = mount;
  const found = await inThread(root, "static", {
    root,
    path: file === undefined ? pathOf(target).slice(url.length - 1) : encodeURIComponent(file),
    confined,
    uploads,
    // A hidden file is served only if staticMap names it.
    hidden: file !== undefined,
    head: request.method === "HEAD",
    headers: deciding(request),
  });
  if (found === null) return false;
  const { status, headers, body } = found;
  const rest = found.rest && new PartStream(root, found.rest);
  if (response.destroyed || request.socket.destroyed) {
    rest?.destroy();
    return true;
  }
  if (added === null || status >= 400) {
    response.writeHead(status, { ...headers, Server: "quintet" });
  } else {
    const fields = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
    fields.push("Server", "quintet");
    setHeaders(fields, added);
    response.writeHead(status, fields);
  }
  let count = (): number => body.length;
  if (rest === null) response.end(body, "latin1");
  else {
    response.write(body, "latin1");
    count = sendStream(rest, response, Number(headers["Content-Length"]), body.length);
  }
  response.on("close", () => {
    rest?.destroy();
    if (!access) return;
    const ms = Math.round((performance.now() - began) * 100) / 100;
    access({
      client: clientAddress(request.socket),
      method: request.method as string,
      path: request.url as string,
      status,
      bytes: count(),
      ms,
      queueMs: 0,
      appMs: 0,
      ...(response.writableFinished
        ? {}
        : { cut: connectionOf(request.socket).cut ?? "the client left" }),
    });
  });
  return true;
}

/** Header fields that decide what is sent of a file. */
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

function deciding({ headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of DECIDING) {
    const value = headers[name];
    if (value !== undefined) found[name] = String(value);
  }
  return found;
}

/**
 * @param before bytes that were sent already
 * @returns how many were so far
 */
function sendStream(
  stream: Readable,
  response: ServerResponse,
  length: number,
  before: number,
): () => number {
  let bytes = before;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  stream.on("error", () => response.destroy());
  stream.on("end", () => {
    // A file that has become shorter meanwhile: the client would take the next answer for the rest.
    if (bytes === length) response.end();
    else response.destroy();
  });
  stream.pipe(response, { end: false });
  return () => bytes;
}
