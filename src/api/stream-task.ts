import { WAIT } from "../dispatch/stopwatch.ts";
import { type ErrorCode, QuintetError } from "../shared/errors.ts";
import { BufferedBodyTask } from "../http/body/buffered-body-task.ts";
import { newRequestId } from "../http/request/request-id.ts";
import type { ResponseHead } from "../wire/response-head.ts";

/** The status line and the headers of a response. */
export interface Head {
  status: string;
  headers: [string, string][];
}

/** Ends a request whose response was collected unread. Its worker would wait forever. */
const unreadResponses = new FinalizationRegistry<StreamTask>((task) => task.leave());

/**
 * A request that the program itself makes. The response is a promise of a head, then pieces of a body.
 *
 * It buffers pieces that have not been read yet. They are few, because the worker gets credit only for what has been read.
 */
export class StreamTask extends BufferedBodyTask {
  readonly head: Promise<Head>;
  /** Called once, when the body has been read to its end or given up. */
  onSettled: () => void = () => {};
  readonly #what: string;
  #chunks: Uint8Array[] = [];
  /** The size in bytes of the last piece returned, until the next is asked for. */
  #unconfirmed = 0;
  #ended = false;
  /** Why the body is cut short; null if it is not. */
  #broken: { reason: unknown } | null = null;
  #settled = false;
  #wake: (() => void) | null = null;
  #resolve!: (head: Head) => void;
  #reject!: (reason: unknown) => void;

  /** @param what method and path, for the log: "GET /orders/" */
  constructor(what: string, requestId: string = newRequestId()) {
    super();
    this.#what = what;
    this.requestId = requestId;
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may reject while nobody waits for it.
    this.head.catch(() => {});
  }

  /**
   * The next piece of the body; undefined at its end. Each call also means that the caller has finished with the previous
   * piece.
   */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#unconfirmed > 0) this.take(this.#unconfirmed);
    this.#unconfirmed = 0;
    if (this.#chunks.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const chunk = this.#chunks.shift();
    if (chunk === undefined) {
      this.#settle();
      if (this.#broken) throw this.#broken.reason;
      return undefined;
    }
    if (this.#chunks.length === 0) this.resume(WAIT.CLIENT_READS, performance.now());
    this.#unconfirmed = chunk.length;
    return chunk;
  }

  /**
   * The body as a stream without a buffer of its own. This task refers to the stream only during a read, so a stream that the
   * program drops can be collected, which frees the worker.
   */
  stream(): ReadableStream<Uint8Array> {
    const stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = await this.next();
          if (chunk) controller.enqueue(chunk);
          if (this.#ended && this.#chunks.length === 0 && !this.#broken) {
            this.#settle();
            controller.close();
          }
        },
        cancel: () => this.leave(),
      },
      { highWaterMark: 0 },
    );
    unreadResponses.register(stream, this);
    return stream;
  }

  /** Give up the rest of the answer. */
  leave(): void {
    this.abandon();
    this.#chunks = [];
    this.#end(null);
    this.#settle();
  }

  /** Give up the request. The promise of the head, or the next read of the body, rejects with the reason. */
  fail(reason: unknown): void {
    if (this.#settled) return;
    this.abandon();
    this.#chunks = [];
    this.#reject(reason);
    this.#ended = false; // the worker may have finished; the reader has not
    this.#end({ reason });
    this.#settle();
  }

  override onAnswer(
    head: ResponseHead,
    _flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    this.#resolve(pairHead(head));
    this.#push(buffer.subarray(start, end));
    this.#end(null);
  }

  override onStart(head: ResponseHead, _flags: number, data: Buffer): void {
    this.#resolve(pairHead(head));
    this.#push(data);
  }

  override onData(data: Buffer): void {
    this.#push(data);
  }

  override onEnd(): void {
    this.#end(null);
  }

  override onAbort(code: ErrorCode, why: string): void {
    this.#end({ reason: new QuintetError(code, `response cut short: ${why}`) });
  }

  override onFail(status: 502 | 503 | 504, error: QuintetError): void {
    const reason = Object.assign(error, { status });
    this.#reject(reason);
    this.#end({ reason });
    this.#settle();
  }

  override describe(): string {
    return this.#what;
  }

  #push(data: Buffer): void {
    if (data.length === 0) return;
    // A copy: the buffer also holds other answers, and a reader may transfer the array that it gets.
    this.#chunks.push(new Uint8Array(data));
    if (this.#wake === null) this.pause(WAIT.CLIENT_READS);
    this.#wakeReader();
  }

  #end(broken: { reason: unknown } | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#broken = broken;
    this.#wakeReader();
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.onSettled();
  }
}

function pairHead({ status, fields }: ResponseHead): Head {
  const headers: [string, string][] = [];
  for (let index = 0; index < fields.length; index += 2) {
    headers.push([fields[index] as string, fields[index + 1] as string]);
  }
  return { status, headers };
}
