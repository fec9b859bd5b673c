import type { ErrorCode, QuintetError } from "../shared/errors.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { Lane } from "./reserved-workers.ts";

/** Where a response comes from: a worker, the front if it is a worker that asks, or a file. */
export interface TaskLink {
  /** While a client does not take what was sent, a worker waits. */
  readonly holdsWorker: boolean;
  credit(task: Task, bytes: number): void;
  gone(task: Task): void;
}

/** The worker that reads a body, as the body sees it. */
export interface BodySink {
  body(task: Task, data: Buffer): void;
  bodyEnd(task: Task): void;
  /** The rest does not come; the application is told why. */
  bodyGone(task: Task, reason: string): void;
}

/** A body that is sent as the application reads it. */
export interface BodySource {
  /** The worker waits for up to so many bytes. It is sent at least one, or the end. */
  want(bytes: number, sink: BodySink): void;
  /** No more of it will come, or is to be read. */
  break(reason: string): void;
  /** The application is through with the request; what it has not read is dropped. */
  discard(): void;
}

/**
 * One request on its way through the dispatcher, and what becomes of it. Subclasses say where the answer goes
 * (a node:http response, a fetch Response); exactly one of `onEnd`, `onAbort` and `onFail` is called, once.
 */
export abstract class Task {
  /** NUL-separated pairs, each character one byte. */
  environ = "";
  /** The body in memory, or the path of its file if `bodyInFile`. */
  body: Uint8Array | null = null;
  bodyInFile = false;
  /** The body, where it is sent as the application reads it; `body` is null then. */
  upload: BodySource | null = null;
  /** Shown in the log and given to the application as REQUEST_ID. */
  requestId = "";

  /** Its number at the worker. */
  id = 0;
  link: TaskLink | null = null;
  /** Where it waits, or has waited; null where no workers are kept for anybody. */
  lane: Lane | null = null;
  /** When it began to wait for a worker, and when it was sent to one; milliseconds of performance.now(). */
  queuedAt = 0;
  sentAt = 0;
  /** From when its timeout counts: its start, then its last sign of life. */
  clock = 0;
  /** Milliseconds it may take; null while nobody has asked for that. */
  timeout: number | null = null;
  /** It was seen to wait, at a worker whose threads were still busy with what follows a response. */
  waits = false;
  /** Bytes that have come and that the client has not taken, and in how many frames of DATA. */
  untakenBytes = 0;
  untakenFrames = 0;
  /** The worker has sent the head. */
  started = false;
  /** It has said something of the request, so it runs it. */
  told = false;
  /** It may have begun the request, or have seen just then that it is taken back: then it hands it back. */
  doubtful = false;
  /** It has named the file that is the whole response, and that is being opened. */
  filing = false;
  /** Bytes of the body that may still come; Infinity where there is no Content-Length. */
  room: number = Infinity;
  /** The worker may wait for the client: the timeout does not count. */
  stalled = false;
  /** The worker waits for what the client has not sent yet: neither does it then. */
  starved = false;
  /** It ran out of time, and its worker is being replaced. */
  expired = false;
  /** The client has left, or has been answered otherwise: what the worker still says of it is dropped. */
  abandoned = false;

  /** The whole response; the body is `buffer` from `start` to `end`. `head.fields` is the task's to change. */
  abstract onAnswer(
    head: ResponseHead,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
    micros: number,
  ): void;
  abstract onStart(head: ResponseHead, flags: number, data: Buffer): void;
  abstract onData(data: Buffer): void;
  abstract onEnd(micros: number): void;
  /** The response that has started ends before its end. */
  abstract onAbort(code: ErrorCode, reason: string): void;
  /** There is no response from the application; `status` is what a client should be told. */
  abstract onFail(status: 502 | 503 | 504, error: QuintetError): void;
  /** No worker has, or will have, anything to do with it: what it held may go. Called once, after all else. */
  release(): void {}
  /** For the log: "GET /orders/". */
  abstract describe(): string;

  /** The client has taken this many bytes of a started response; the worker may send as many more. */
  take(bytes: number): void {
    this.link?.credit(this, bytes);
  }

  /** The client has left. */
  abandon(): void {
    if (this.abandoned) return;
    this.abandoned = true;
    // Nobody holds the worker up any more.
    this.stalled = false;
    this.clock = performance.now();
    this.link?.gone(this);
    this.upload?.break("the client has left");
  }
}
