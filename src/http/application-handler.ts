import type { IncomingMessage } from "node:http";
import { WAIT } from "../dispatch/stopwatch.ts";
import { QuintetError } from "../shared/errors.ts";
import { bufferBody } from "./body/buffered-body.ts";
import { SlowUploads } from "./body/slow-uploads.ts";
import { StreamedBody } from "./body/streamed-body.ts";
import { clientAddress } from "./connection/client-address.ts";
import { readNoMoreRequests } from "./connection/lingering-close.ts";
import type { HttpTask } from "./http-task.ts";
import { RequestError } from "./reject/request-error.ts";
import type { RequestHandlerOptions } from "./request-handler-options.ts";
import type { RequestLog } from "./request-log.ts";
import type { EncodedEnviron } from "./request/environ.ts";
import { checkTrailers } from "./request/trailers.ts";

/** Sends requests to the application: with the complete body, or with the body as it arrives. */
export class ApplicationHandler {
  /** Requests whose clients wait for 100 Continue before they send the body. */
  readonly expecting: WeakSet<IncomingMessage> = new WeakSet();
  readonly #options: RequestHandlerOptions;
  readonly #log: RequestLog;
  readonly #slowUploads: SlowUploads;

  /** @param options may change later */
  constructor(options: RequestHandlerOptions, log: RequestLog) {
    this.#options = options;
    this.#log = log;
    this.#slowUploads = new SlowUploads(options.limits.bodyTimeout, options.limits.bodyMinRate);
  }

  handle(task: HttpTask, environ: EncodedEnviron): void {
    const { request } = task;
    task.environ = environ.text;
    task.added = this.#options.headers.of(environ.path);
    // A body parser in front may have read an empty body, which does no harm.
    const isEmpty = environ.framing === "none" || request.headers["content-length"] === "0";
    if (isEmpty) return this.#options.dispatcher.submit(task);
    if (request.readableEnded || request.readableDidRead) {
      const message =
        "the body was read before it reached the application; mount the application in front of body parsers";
      return task.onFail(502, new QuintetError("QUINTET_BODY_USED", message));
    }
    const onSlow = (reason: string): void => this.reject(task, new RequestError(408, reason));
    if (this.#options.requestBuffering.of(environ.path)) {
      this.#slowUploads.track(request, onSlow);
      void this.#buffer(task, environ.framing === "chunked", environ.path);
    } else {
      task.upload = new StreamedBody(task, request, task.response, {
        isExpecting: this.expecting.delete(request),
        limit: this.#options.limits.body.of(environ.path),
        reject: (error) => this.reject(task, error),
      });
      this.#slowUploads.track(request, onSlow, () => task.isPaused(WAIT.CLIENT_SENDS));
      this.#options.dispatcher.submit(task);
    }
  }

  /** Rejects a request. Neither it nor anything after it on its connection reaches the application. */
  reject(task: HttpTask, error: RequestError): void {
    const { request, response, socket } = task;
    // The application may be reading the body.
    task.upload?.break(error.message);
    // A response that has begun before the body was complete can only be cut short.
    if (response.headersSent && task.link !== null && !task.abandoned) {
      task.onAbort(error.code, error.message);
    }
    task.abandon();
    if (response.headersSent || socket.destroyed) return;
    readNoMoreRequests(request, response, false);
    // node:http never ends a request that is still incomplete after its response, so a reader of its body would wait forever.
    if (!request.complete) socket.once("close", () => request.destroy());
    this.#log.rejected(socket, error, task.requestId);
    task.sendError(error.status, `${error.code}: ${error.message}`);
  }

  /** Submits a request when its body is complete. */
  async #buffer(task: HttpTask, isChunked: boolean, path: string): Promise<void> {
    const { request } = task;
    try {
      const { spool, limits } = this.#options;
      const client = clientAddress(request.socket);
      spool.checkAnnounced(Number(request.headers["content-length"] ?? 0), client);
      if (this.expecting.delete(request)) task.response.writeContinue();
      const body = await bufferBody(spool, request, { limit: limits.body.of(path), client });
      task.holdBody(body);
      if (body.spoolError !== null) this.#log.unspooled(task, body.spoolError);
      if (isChunked) {
        checkTrailers(request);
        // Django and most other applications treat a body without a length as empty.
        task.environ += `CONTENT_LENGTH\0${body.size}\0`;
      }
      if (task.abandoned) task.release();
      else this.#options.dispatcher.submit(task);
    } catch (error) {
      if (error instanceof RequestError) {
        task.release();
        this.reject(task, error);
      } else if (error instanceof QuintetError) task.onFail(503, error);
      else if (!task.socket.destroyed) {
        task.onFail(503, new QuintetError("QUINTET_BODY_QUOTA", String(error), { cause: error }));
      }
    }
  }
}
