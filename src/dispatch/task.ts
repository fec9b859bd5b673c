import type { ErrorCode, QuintetError } from "../shared/errors.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { LedgerEntry, LedgerState } from "./link/ledger.ts";
import type { RequestQueue } from "./queue.ts";
import { Stopwatch, WAIT } from "./stopwatch.ts";

/** Where a response comes from: a worker, the front if a worker makes an inner call, or a file. */
export interface TaskLink {
  /** Whether a worker waits while the client does not read. */
  readonly holdsWorker: boolean;
  /** The client has read this many bytes. */
  credit(task: Task, bytes: number): void;
  /** The client has left. */
  gone(task: Task): void;
}

/** The worker that reads a request body, as the body sees it. */
export interface BodySink {
  body(task: Task, data: Buffer): void;
  bodyEnd(task: Task): void;
  /** The rest does not come; the application is told why. */
  bodyGone(task: Task, reason: string): void;
}

/** A request body that is sent as the application reads it. */
export interface BodySource {
  /**
   * The worker waits for more of the body. It is sent at least one byte, or the end.
   *
   * @param bytes the most that it takes
   */
  want(bytes: number, sink: BodySink): void;
  /** No more of it will come, or is to be read. */
  break(reason: string): void;
  /** The application has finished the request. What it has not read is dropped. */
  discard(): void;
}

/**
 * One request on its way through the dispatcher. Subclasses say where the answer goes (a node:http response, a fetch
 * Response). Exactly one of `onAnswer`, `onEnd`, `onAbort` and `onFail` is called last, and once.
 */
export abstract class Task extends Stopwatch implements LedgerEntry {
  /** NUL-separated names and values, each character one byte. */
  environ = "";
  /** The body in memory, or the path of its file if `bodyInFile`. */
  body: Uint8Array | null = null;
  bodyInFile = false;
  /** The body, if it is sent as the application reads it; `body` is null then. */
  upload: BodySource | null = null;
  /** Shown in the log, and given to the application as REQUEST_ID. */
  requestId = "";

  /** Its number at the worker. The ledger sets it. */
  id = 0;
  /** What the ledger knows of it. Only the ledger changes it. */
  ledgerState: LedgerState = "sent";
  /** False if no other worker may run it. */
  readonly isRecallable: boolean = true;
  link: TaskLink | null = null;
  /** Where it waits, or has waited; null if no workers are reserved for any path. */
  queue: RequestQueue | null = null;
  /** Milliseconds it may take; null until TimeLimit has looked them up. */
  timeout: number | null = null;
  /** Bytes that have come and that the client has not read, and the number of DATA frames they came in. */
  untakenBytes = 0;
  untakenFrames = 0;
  /** The worker has named the file that is the whole body, and the front is opening it. */
  isOpeningFile = false;
  /** Bytes of the response body that may still come; Infinity without a Content-Length. */
  bodyBytesLeft: number = Infinity;
  /** It ran out of time, and its worker is being replaced. */
  expired = false;
  /** The client has left or has been answered by other means. What the worker still says of it is dropped. */
  abandoned = false;

  /** The whole response; its body is `buffer` from `start` to `end`. The task may change `head.fields`. */
  abstract onAnswer(
    head: ResponseHead,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void;
  /** The head of the response, and the first bytes of its body. */
  abstract onStart(head: ResponseHead, flags: number, data: Buffer): void;
  abstract onData(data: Buffer): void;
  abstract onEnd(): void;
  /** The response that has started ends early. */
  abstract onAbort(code: ErrorCode, reason: string): void;
  /** There is no response from the application; `status` is what a client should be told. */
  abstract onFail(status: 502 | 503 | 504, error: QuintetError): void;
  /** No worker has, or will have, anything to do with it: what it held may go. Called once, after everything else. */
  release(): void {}
  /** For the log: "GET /orders/". */
  abstract describe(): string;

  /** The client has read this many bytes of a started response; the worker may send as many more. */
  take(bytes: number): void {
    this.link?.credit(this, bytes);
  }

  /** The client has left. */
  abandon(): void {
    if (this.abandoned) return;
    this.abandoned = true;
    const now = performance.now();
    // The client does not hold the worker up any more, so the timeout counts again.
    this.resume(WAIT.CLIENT_READS, now);
    this.resume(WAIT.INNER_CALL, now);
    this.link?.gone(this);
    this.upload?.break("the client has left");
  }
}
