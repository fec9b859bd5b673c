import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { QuintetError } from "../errors.ts";
import { decodePath } from "../front/environ.ts";
import type { OwnPool } from "../own-pool.ts";
import { StreamTask } from "../stream-task.ts";

/** Responses that the fetch standard allows no body. */
const BODILESS = new Set([101, 204, 205, 304]);

/**
 * A fetch Request to the application, its answer as a Response. What a client of the server would see as 502, 503 or
 * 504 is a Response with that status here too.
 */
export async function fetchFrom(
  pool: Pick<OwnPool, "dispatcher" | "spool">,
  request: Request,
): Promise<Response> {
  const url = new URL(request.url);
  const task = new StreamTask(`${request.method} ${url.pathname}${url.search}`);
  task.environ = environOf(request, url, task.requestId);
  if (request.body) {
    const body = await pool.spool.take(Readable.fromWeb(request.body as NodeReadableStream));
    task.holdBody(body);
    task.environ += `CONTENT_LENGTH\0${body.size}\0`;
  }
  request.signal.throwIfAborted();
  request.signal.addEventListener("abort", () => task.cancel(request.signal.reason), {
    once: true,
  });
  pool.dispatcher.submit(task);
  try {
    const head = await task.head;
    const status = Number(head.status.slice(0, 3));
    const headers = new Headers();
    for (const [name, value] of head.headers) headers.append(name, value);
    const bodiless = BODILESS.has(status) || request.method === "HEAD";
    if (bodiless) void task.stream.cancel();
    return new Response(bodiless ? null : task.stream, {
      status,
      statusText: head.status.slice(4),
      headers,
    });
  } catch (error) {
    if (!(error instanceof QuintetError) || !("status" in error)) throw error;
    const text = `${error.status as number} ${error.code}\n${error.message}\n`;
    return new Response(text, {
      status: error.status as number,
      headers: { "Content-Type": "text/plain; charset=utf-8" },
    });
  }
}

function environOf(request: Request, url: URL, requestId: string): string {
  const secure = url.protocol === "https:";
  let text =
    `REQUEST_METHOD\0${request.method}\0PATH_INFO\0${decodePath(url.pathname)}\0` +
    `QUERY_STRING\0${url.search.slice(1)}\0SERVER_PROTOCOL\0HTTP/1.1\0` +
    `REQUEST_URI\0${url.pathname}${url.search}\0REQUEST_ID\0${requestId}\0` +
    `SERVER_NAME\0${url.hostname}\0SERVER_PORT\0${url.port || (secure ? 443 : 80)}\0` +
    `REMOTE_ADDR\0\0wsgi.url_scheme\0${secure ? "https" : "http"}\0`;
  if (!request.headers.has("host")) text += `HTTP_HOST\0${url.host}\0`;
  for (const [name, value] of request.headers) {
    if (name.includes("_") || name === "proxy" || name === "content-length") continue;
    if (name === "transfer-encoding") continue;
    const key =
      name === "content-type" ? "CONTENT_TYPE" : `HTTP_${name.toUpperCase().replaceAll("-", "_")}`;
    text += `${key}\0${value}\0`;
  }
  return text;
}
