import { WAIT } from "../dispatch/stopwatch.ts";
import { Task } from "../dispatch/task.ts";
import { type ErrorCode, QuintetError } from "../shared/errors.ts";
import type { BufferedBody } from "../http/body/buffered-body.ts";
import { newRequestId } from "../http/request/request-id.ts";
import type { ResponseHead } from "../wire/response-head.ts";

/** The status line and the headers of a response. */
export interface Head {
  status: string;
  headers: [string, string][];
}

/**
 * Ends the requests whose answer nobody holds any more: a response that is neither read nor cancelled would keep its
 * worker waiting for ever.
 */
const forgotten = new FinalizationRegistry<StreamTask>((task) => task.leave());

/**
 * A request made by the program itself; its answer is a promise of a head, then pieces of a body.
 *
 * What has come and not been asked for lies here. The worker may send more only as it is taken, so it is never much.
 */
export class StreamTask extends Task {
  readonly head: Promise<Head>;
  /** Called once, when the last of the body has been taken or nobody wants it any more. */
  onSettled: () => void = () => {};
  readonly #what: string;
  #body: BufferedBody | null = null;
  #chunks: Uint8Array[] = [];
  /** The bytes of the piece that was returned last, until the next is asked for. */
  #given = 0;
  #ended = false;
  /** Why the body breaks off; null if it does not. */
  #broken: { reason: unknown } | null = null;
  #settled = false;
  #wake: (() => void) | null = null;
  #resolve!: (head: Head) => void;
  #reject!: (reason: unknown) => void;

  /** @param what for the log: "GET /orders/" */
  constructor(what: string, requestId: string = newRequestId()) {
    super();
    this.#what = what;
    this.requestId = requestId;
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may fail when nobody waits for it.
    this.head.catch(() => {});
  }

  holdBody(body: BufferedBody): void {
    this.#body = body;
    this.body = body.content;
    this.bodyInFile = body.inFile;
  }

  override release(): void {
    this.#body?.release();
    this.#body = null;
  }

  /** The next piece of the body; undefined at its end. To ask for it says that the one before has been dealt with. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#given > 0) this.take(this.#given);
    this.#given = 0;
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
    this.#given = chunk.length;
    return chunk;
  }

  /**
   * The body as a stream. It holds nothing of its own, and this task does not hold the stream, except while it is being
   * read: so one that was dropped can be collected, and its worker set free.
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
    forgotten.register(stream, this);
    return stream;
  }

  /** The rest of the answer is not wanted. */
  leave(): void {
    this.abandon();
    this.#chunks = [];
    this.#end(null);
    this.#settle();
  }

  /** The program gives the request up: whoever waits for the head, or reads the body, is told why. */
  fail(reason: unknown): void {
    if (this.#settled) return;
    this.abandon();
    this.#chunks = [];
    this.#reject(reason);
    this.#ended = false; // the worker may be done, the reader is not
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
    // A copy of its own: the buffer holds other answers too, and a reader may transfer what it is given.
    this.#chunks.push(new Uint8Array(data));
    if (this.#wake === null) this.pause(WAIT.CLIENT_READS);
    this.#awake();
  }

  #end(broken: { reason: unknown } | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#broken = broken;
    this.#awake();
  }

  #awake(): void {
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
