import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { WAIT } from "../dispatch/stopwatch.ts";
import { type ErrorCode, QuintetError } from "../shared/errors.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { accessEntry } from "./access-log.ts";
import type { AddedHeaders } from "./response/path-headers.ts";
import { addContentLength, completeHead } from "./response/complete-head.ts";
import { BufferedBodyTask } from "./body/buffered-body-task.ts";
import { closeAfter } from "./connection/connection.ts";
import type { RequestLog } from "./request-log.ts";
import { writeErrorResponse } from "./response/error-response.ts";
import { SpooledWriter } from "./spool/spooled-writer.ts";
import type { Spool } from "./spool/spool.ts";
import type { StreamedBody } from "./body/streamed-body.ts";

/** Bodies up to this size are written together with the head. */
const MAX_WITH_HEAD_BYTES = 32 * 1024;

/** What all requests of a server share. */
export interface HttpTaskContext {
  readonly log: RequestLog;
  readonly accessLog: boolean;
  /** Keeps the parts of responses that slow clients have not read yet. */
  readonly spool: Spool;
  /** The server is stopping: each response closes its connection. */
  isClosing: boolean;
}

/** A request that came through node:http. The response goes to its ServerResponse. */
export class HttpTask extends BufferedBodyTask {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  override upload: StreamedBody | null = null;
  /** The headers that the setting `headers` adds for its path. */
  added: AddedHeaders | null = null;
  readonly #context: HttpTaskContext;
  #bytes = 0;
  /** Writes the rest of the body, once the client has fallen behind. */
  #writer: SpooledWriter | null = null;
  #isReported = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    context: HttpTaskContext,
  ) {
    super();
    this.request = request;
    this.response = response;
    this.socket = request.socket;
    this.requestId = requestId;
    this.#context = context;
  }

  override release(): void {
    this.upload?.discard();
    super.release();
  }

  override onAnswer(
    head: ResponseHead,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    const length = end - start;
    addContentLength(head, length, this.request.method === "HEAD");
    if (!this.#writeHead(head, flags)) return;
    this.#bytes = length;
    if (length === 0) this.response.end();
    // node:http writes a head and a string in one piece, but not a head and a buffer.
    else if (length <= MAX_WITH_HEAD_BYTES)
      this.response.end(buffer.toString("latin1", start, end), "latin1");
    else this.response.end(buffer.subarray(start, end));
    this.#report(head.code);
  }

  override onStart(head: ResponseHead, flags: number, data: Buffer): void {
    if (this.#writeHead(head, flags)) this.onData(data);
  }

  override onData(data: Buffer): void {
    const size = data.length;
    if (size === 0) return;
    if (this.response.writableEnded) return this.#answeredElsewhere();
    this.#bytes += size;
    if (this.#writer !== null) return this.#writer.write(data);
    if (this.response.write(data)) this.take(size);
    else this.#writer = this.#spooledWriter(size);
  }

  #spooledWriter(written: number): SpooledWriter {
    return new SpooledWriter(
      this.response,
      written,
      this.link?.holdsWorker ? this.#context.spool : null,
      {
        accepted: (bytes) => this.take(bytes),
        stalled: (isStalled) => {
          if (isStalled) this.pause(WAIT.CLIENT_READS);
          else this.resume(WAIT.CLIENT_READS, performance.now());
        },
        failed: (error, isLost) => {
          this.#context.log.unspooled(this, error);
          if (!isLost) return;
          this.abandon();
          this.#cut(`the part it had not read is lost: ${String(error)}`);
        },
      },
    );
  }

  override onEnd(): void {
    const end = (): void => {
      if (this.response.writableEnded) return this.#answeredElsewhere();
      this.response.end();
      this.#report(this.response.statusCode);
    };
    if (this.#writer === null) end();
    else this.#writer.end(end);
  }

  override onAbort(code: ErrorCode, reason: string): void {
    if (this.response.writableEnded) return this.#answeredElsewhere();
    const error = new QuintetError(code, `response cut short: ${reason}`);
    this.#context.log.failed(this, error);
    if (this.#writer === null) this.#cut(reason);
    else this.#writer.end(() => this.#cut(reason));
  }

  #cut(reason: string): void {
    this.#report(this.response.statusCode, reason);
    // Send at least the head: if a connection ends without one, the client may repeat the request.
    if (!this.socket.destroyed) this.response.flushHeaders();
    // In HTTP/1.0 the end of the connection marks the end of the body, so only a reset shows that the body is incomplete.
    if (this.request.httpVersionMinor === 0) this.socket.resetAndDestroy();
    // node:http still holds what was written in this turn of the event loop.
    else process.nextTick(() => this.socket.destroySoon());
  }

  override onFail(status: 502 | 503 | 504, error: QuintetError): void {
    this.#context.log.failed(this, error);
    this.sendError(status, error.code);
  }

  /** See writeErrorResponse. */
  sendError(status: number, code: string): void {
    const response = this.response;
    if (response.headersSent || this.socket.destroyed) return;
    if (this.#context.isClosing) closeAfter(response);
    this.#bytes = writeErrorResponse(this.request, response, status, code, this.requestId);
    this.#report(status);
  }

  /**
   * The client has left, or its connection was reset, before it got the whole response.
   *
   * @param reason for the access log
   */
  clientGone(reason: string): void {
    if (this.#isReported) return;
    this.#writer?.close();
    this.abandon();
    this.#report(499, reason);
  }

  override describe(): string {
    return `${this.request.method} ${this.request.url}`;
  }

  /** A framework in front has answered meanwhile, for example because of its own timeout. */
  #answeredElsewhere(): void {
    this.#writer?.close();
    this.abandon();
    this.#report(this.response.statusCode, "answered outside the application");
  }

  #writeHead(head: ResponseHead, flags: number): boolean {
    if (this.response.headersSent) {
      this.#answeredElsewhere();
      return false;
    }
    completeHead(head, flags, this.added, this.response);
    if (this.#context.isClosing) closeAfter(this.response);
    if (this.upload !== null) this.upload.answering();
    try {
      this.response.writeHead(head.code, head.status.slice(4), head.fields);
      return true;
    } catch (error) {
      const { message } = error as Error;
      this.onFail(502, new QuintetError("QUINTET_BAD_ANSWER", message, { cause: error }));
      this.abandon();
      return false;
    }
  }

  #report(status: number, cut?: string): void {
    this.#isReported = true;
    if (!this.#context.accessLog) return;
    const durations = this.durations(performance.now());
    const outcome = { status, bytes: this.#bytes, durations, cut };
    this.#context.log.access(accessEntry(this.request, outcome), this.requestId);
  }
}
