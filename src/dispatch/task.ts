import type { ErrorCode, QuintetError } from "../shared/errors.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { LedgerEntry, LedgerState } from "./link/ledger.ts";
import type { RequestQueue } from "./queue.ts";
import { Stopwatch, WAIT } from "./stopwatch.ts";

/** The source of a response: a worker, or a file. */
export interface TaskLink {
  /** Whether a worker has to wait while the client does not read. */
  readonly holdsWorker: boolean;
  /** The client has read this many bytes. */
  credit(task: Task, bytes: number): void;
  /** The client has left. */
  gone(task: Task): void;
}

/** Where a request body is sent: the worker that reads it. */
export interface BodySink {
  body(task: Task, data: Buffer): void;
  bodyEnd(task: Task): void;
  /** The rest will not arrive; the application is told why. */
  bodyGone(task: Task, reason: string): void;
}

/** A request body that is sent as the application reads it. */
export interface BodySource {
  /**
   * The worker waits for more of the body. Sends at least one byte, or the end.
   *
   * @param bytes the most bytes that it takes
   */
  want(bytes: number, sink: BodySink): void;
  /** No more of the body will arrive or be read. */
  break(reason: string): void;
  /** The application has finished the request. The rest of the body is dropped. */
  discard(): void;
}

/**
 * One request on its way through the dispatcher. Subclasses decide where the response goes (a node:http response, a fetch
 * Response). The last call is one of `onAnswer`, `onEnd`, `onAbort` and `onFail`, and only one of them is ever called.
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
  /** Its state in the ledger. Only the ledger changes it. */
  ledgerState: LedgerState = "sent";
  /** False if no other worker may run it. */
  readonly isRecallable: boolean = true;
  link: TaskLink | null = null;
  /** The queue in which it waits or has waited; null if no workers are reserved for any path. */
  queue: RequestQueue | null = null;
  /** Its timeout in milliseconds; null until TimeLimit has looked it up. */
  timeout: number | null = null;
  /** Bytes that have arrived but that the client has not read, and the number of DATA frames that they arrived in. */
  untakenBytes = 0;
  untakenFrames = 0;
  /** The worker has named a file as the body, and the front is opening it. */
  isOpeningFile = false;
  /** How many bytes of the response body may still arrive; Infinity without a Content-Length. */
  bodyBytesLeft: number = Infinity;
  /** It has timed out, and its worker is being replaced. */
  expired = false;
  /** The client has left or has been answered by other means. Anything the worker still sends for it is dropped. */
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
  /** There is no response from the application. `status` is the one for the client. */
  abstract onFail(status: 502 | 503 | 504, error: QuintetError): void;
  /** Releases what the request holds, because no worker uses it any more. Called once, after everything else. */
  release(): void {}
  /** For the log: "GET /orders/". */
  abstract describe(): string;

  /** The client has read this many bytes of a streaming response; the worker may send as many more. */
  take(bytes: number): void {
    this.link?.credit(this, bytes);
  }

  /** The client has left. */
  abandon(): void {
    if (this.abandoned) return;
    this.abandoned = true;
    const now = performance.now();
    // The worker no longer waits for the client, so the timeout runs again.
    this.resume(WAIT.CLIENT_READS, now);
    this.resume(WAIT.INNER_CALL, now);
    this.link?.gone(this);
    this.upload?.break("the client has left");
  }
}
