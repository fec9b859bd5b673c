import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { WAIT } from "../dispatch/stopwatch.ts";
import { Task } from "../dispatch/task.ts";
import { type ErrorCode, QuintetError } from "../shared/errors.ts";
import type { Access } from "../shared/log.ts";
import { HAS_SERVER } from "../wire/frames.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { accessOf } from "./access-log.ts";
import { type AddedHeaders, setHeaders } from "./added-headers.ts";
import { addUp } from "./merge-headers.ts";
import type { Body } from "./body.ts";
import { endAfter } from "./connection.ts";
import { answerError } from "./error-answer.ts";
import { Outlet } from "./spooled-writer.ts";
import type { Spool } from "./spool.ts";
import type { Upload } from "./upload.ts";

/** Bodies up to this many bytes are written in one piece with the head. */
const ONE_PIECE = 32 * 1024;

/** What whoever created the task wants to hear of it. */
export interface HttpTaskObserver {
  /** The response has been handed to the socket, or has come to nothing. Null where no access log is wanted. */
  access: ((task: HttpTask, access: Access) => void) | null;
  /** The server, not the application, is to blame for what the client sees. */
  failed(task: HttpTask, error: QuintetError): void;
  /** Responses that could not be kept in a temporary file. */
  unspooled(task: HttpTask, error: unknown): void;
  /** Where what slow clients do not take is kept. */
  spool: Spool;
  /** The server is going down: tell clients to leave after this response. */
  closing: boolean;
}

/** A request that came through node:http; the answer goes to its ServerResponse. */
export class HttpTask extends Task {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  override upload: Upload | null = null;
  /** Headers that are set for its path. */
  added: AddedHeaders | null = null;
  readonly #observer: HttpTaskObserver;
  #body: Body | null = null;
  #bytes = 0;
  /** Set once the client does not keep up. */
  #outlet: Outlet | null = null;
  #reported = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    observer: HttpTaskObserver,
  ) {
    super();
    this.request = request;
    this.response = response;
    this.socket = request.socket;
    this.requestId = requestId;
    this.#observer = observer;
  }

  holdBody(body: Body): void {
    this.#body = body;
    this.body = body.content;
    this.bodyInFile = body.inFile;
  }

  override release(): void {
    this.upload?.discard();
    this.#body?.release();
    this.#body = null;
  }

  override onAnswer(
    head: ResponseHead,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    const length = end - start;
    const { code, fields } = head;
    const bodiless = code === 204 || code === 304 || this.request.method === "HEAD";
    // A list of one gets its length. What a HEAD or a 304 would have had is not ours to say.
    if (head.length === null && !(bodiless && length === 0))
      fields.push("Content-Length", String(length));
    if (!this.#writeHead(head, flags)) return;
    this.#bytes = length;
    if (length === 0) this.response.end();
    // With a string of one byte a character node:http writes head and body at once.
    else if (length <= ONE_PIECE)
      this.response.end(buffer.toString("latin1", start, end), "latin1");
    else this.response.end(buffer.subarray(start, end));
    this.#report(code);
  }

  override onStart(head: ResponseHead, flags: number, data: Buffer): void {
    if (this.#writeHead(head, flags)) this.onData(data);
  }

  override onData(data: Buffer): void {
    const size = data.length;
    if (size === 0) return;
    if (this.response.writableEnded) return this.#answeredByOther();
    this.#bytes += size;
    if (this.#outlet !== null) return this.#outlet.write(data);
    if (this.response.write(data)) this.take(size);
    else this.#outlet = this.#newOutlet(size);
  }

  #newOutlet(written: number): Outlet {
    return new Outlet(
      this.response,
      written,
      this.link?.holdsWorker ? this.#observer.spool : null,
      {
        taken: (bytes) => this.take(bytes),
        stalled: (stalled) => {
          if (stalled) this.pause(WAIT.CLIENT_READS);
          else this.resume(WAIT.CLIENT_READS, performance.now());
        },
        failed: (error, lost) => {
          this.#observer.unspooled(this, error);
          if (!lost) return;
          this.abandon();
          this.#cut(`what it had not taken is lost: ${String(error)}`);
        },
      },
    );
  }

  override onEnd(): void {
    const end = (): void => {
      if (this.response.writableEnded) return this.#answeredByOther();
      this.response.end();
      this.#report(this.response.statusCode);
    };
    if (this.#outlet === null) end();
    else this.#outlet.end(end);
  }

  override onAbort(code: ErrorCode, reason: string): void {
    if (this.response.writableEnded) return this.#answeredByOther();
    const error = new QuintetError(code, `response cut short: ${reason}`);
    this.#observer.failed(this, error);
    if (this.#outlet === null) this.#cut(reason);
    else this.#outlet.end(() => this.#cut(reason));
  }

  #cut(reason: string): void {
    this.#report(this.response.statusCode, reason);
    // The client is to see at least the head: to a connection that ends without one it may send the request again.
    if (!this.socket.destroyed) this.response.flushHeaders();
    // The end of the connection ends an HTTP/1.0 body, so there only a reset says that it is not whole.
    if (this.request.httpVersionMinor === 0) this.socket.resetAndDestroy();
    // What was written in this very turn is with node:http still.
    else process.nextTick(() => this.socket.destroySoon());
  }

  override onFail(status: 502 | 503 | 504, error: QuintetError): void {
    this.#observer.failed(this, error);
    this.sendError(status, error.code);
  }

  /** Answer with a line of text that names the code and the request, to be found in the log. */
  sendError(status: number, code: string): void {
    const response = this.response;
    if (response.headersSent || this.socket.destroyed) return;
    if (this.#observer.closing) endAfter(response);
    this.#bytes = answerError(this.request, response, status, code, this.requestId);
    this.#report(status);
  }

  /** The client has left, or was cut off, before it had its answer. */
  clientGone(why: string): void {
    if (this.#reported) return;
    this.#outlet?.close();
    this.abandon();
    this.#report(499, why);
  }

  override describe(): string {
    return `${this.request.method} ${this.request.url}`;
  }

  /** A framework in front has answered meanwhile, for it has a timeout of its own, say. */
  #answeredByOther(): void {
    this.#outlet?.close();
    this.abandon();
    this.#report(this.response.statusCode, "answered by other means");
  }

  #writeHead({ status, code, fields, length }: ResponseHead, flags: number): boolean {
    if (this.response.headersSent) {
      this.#answeredByOther();
      return false;
    }
    if (!(flags & HAS_SERVER)) fields.push("Server", "quintet");
    if (code === 204 && length !== null) dropLength(fields);
    if (this.added !== null) setHeaders(fields, this.added);
    addUp(this.response, fields);
    if (this.#observer.closing) endAfter(this.response);
    if (this.upload !== null) this.upload.answering();
    try {
      this.response.writeHead(code, status.slice(4), fields);
      return true;
    } catch (error) {
      const { message } = error as Error;
      this.onFail(502, new QuintetError("QUINTET_BAD_ANSWER", message, { cause: error }));
      this.abandon();
      return false;
    }
  }

  #report(status: number, cut?: string): void {
    this.#reported = true;
    const { access } = this.#observer;
    if (access === null) return;
    const durations = this.durations(performance.now());
    access(this, accessOf(this.request, { status, bytes: this.#bytes, durations, cut }));
  }
}

/** A 204 has no length (RFC 9110, section 8.6): who believes it takes the next answer for a body. */
function dropLength(fields: string[]): void {
  for (let index = fields.length - 2; index >= 0; index -= 2) {
    if ((fields[index] as string).toLowerCase() === "content-length") fields.splice(index, 2);
  }
}
