import { STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { QuintetError } from "../../shared/errors.ts";
import { RETRY_AFTER_SECONDS } from "../../shared/retry-after.ts";
import { bufferBody, type BufferedBody } from "../../http/body/buffered-body.ts";
import { decodePath } from "../../http/request/request-target.ts";
import { RequestError } from "../../http/reject/request-error.ts";
import type { Spool } from "../../http/spool/spool.ts";
import type { ProgramPool } from "../program-pool.ts";
import { type Head, StreamTask } from "../stream-task.ts";

/** Statuses whose responses have no body by the fetch standard ("null body status"). */
const BODILESS = new Set([204, 205, 304]);

/** An error with the status that a client of the server would get. */
type ErrorWithStatus = QuintetError & { status: number };

/**
 * Send a fetch Request to the application and return its answer as a Response. If a client of the server would get 400, 502,
 * 503 or 504, the Response has that status.
 *
 * @param failed called for a failure of the server, such as a worker that died
 * @throws {QuintetError} QUINTET_BODY_USED, if something has read the body of the request already
 * @throws the reason of the request's signal, if it aborts
 */
export async function fetchFrom(
  pool: Pick<ProgramPool, "dispatcher" | "spool">,
  request: Request,
  failed: (task: StreamTask, error: QuintetError) => void = () => {},
): Promise<Response> {
  const { signal } = request;
  signal.throwIfAborted();
  const url = new URL(request.url);
  const task = new StreamTask(`${request.method} ${url.pathname}${url.search}`);
  const abort = (): void => task.fail(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  // The reference to `request` keeps it alive: if it were collected, its signal would not fire.
  task.onSettled = () => request.signal.removeEventListener("abort", abort);
  try {
    task.environ = environOf(request, url, task.requestId);
    if (request.body) {
      const body = await bodyOf(pool.spool, request);
      task.holdBody(body);
      task.environ += `CONTENT_LENGTH\0${body.size}\0`;
    }
    if (task.abandoned) task.release();
    else pool.dispatcher.submit(task);
    return toResponse(task, await task.head, request.method === "HEAD");
  } catch (error) {
    task.leave();
    signal.throwIfAborted();
    const isHead = request.method === "HEAD";
    if (error instanceof RequestError)
      return errorResponse(error.status, error.message, task, isHead);
    if (!hasStatus(error)) throw error;
    failed(task, error);
    return errorResponse(error.status, error.code, task, isHead);
  }
}

/** @throws {QuintetError} QUINTET_BODY_USED, QUINTET_BODY_QUOTA */
async function bodyOf(spool: Spool, request: Request): Promise<BufferedBody> {
  if (request.bodyUsed || request.body?.locked) {
    const message = "the body of the request was read before it reached the application";
    throw new QuintetError("QUINTET_BODY_USED", message);
  }
  const source = Readable.fromWeb(request.body as NodeReadableStream, { signal: request.signal });
  try {
    return await bufferBody(spool, source);
  } catch (error) {
    source.destroy();
    const isQuota = error instanceof QuintetError && error.code === "QUINTET_BODY_QUOTA";
    throw isQuota ? Object.assign(error, { status: 503 }) : error;
  }
}

function toResponse(task: StreamTask, head: Head, isHead: boolean): Response {
  const status = Number(head.status.slice(0, 3));
  const bodiless = BODILESS.has(status) || isHead;
  try {
    const headers = new Headers(head.headers);
    const init = { status, statusText: head.status.slice(4), headers };
    const response = new Response(bodiless ? null : task.stream(), init);
    if (bodiless) task.leave();
    return response;
  } catch (cause) {
    const message = `cannot make a Response from ${JSON.stringify(head.status)}: ${(cause as Error).message}`;
    throw Object.assign(new QuintetError("QUINTET_BAD_ANSWER", message, { cause }), {
      status: 502,
    });
  }
}

function hasStatus(error: unknown): error is ErrorWithStatus {
  return error instanceof QuintetError && "status" in error;
}

/** The same text as the server's own error response has. */
function errorResponse(status: number, what: string, task: StreamTask, isHead: boolean): Response {
  const text = `${status} ${STATUS_CODES[status]}\n${what}, request ${task.requestId}\n`;
  const headers = new Headers({ "Content-Type": "text/plain; charset=utf-8" });
  if (status === 503) headers.set("Retry-After", RETRY_AFTER_SECONDS);
  return new Response(isHead ? null : text, { status, statusText: STATUS_CODES[status], headers });
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
    // A client must not be able to set another variable: see src/http/request/header-names.ts.
    if (name.includes("_") || name === "proxy" || name === "content-length") continue;
    if (name === "transfer-encoding") continue;
    const key =
      name === "content-type" ? "CONTENT_TYPE" : `HTTP_${name.toUpperCase().replaceAll("-", "_")}`;
    text += `${key}\0${value}\0`;
  }
  return text;
}
