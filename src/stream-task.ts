import { Task } from "./dispatch/task.ts";
import { QuintetError } from "./errors.ts";
import type { Body } from "./front/body.ts";
import { newRequestId } from "./front/request-id.ts";

/** The status line and the headers of a response. */
export interface Head {
  status: string;
  headers: [string, string][];
}

/** Bytes that wait to be read before the worker is told to wait. */
const HIGH_WATER = 64 * 1024;

/** A request made by the program itself; its answer is a promise of a head and a stream of bytes. */
export class StreamTask extends Task {
  readonly head: Promise<Head>;
  readonly stream: ReadableStream<Uint8Array>;
  readonly #what: string;
  #body: Body | null = null;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #untaken = 0;
  #resolve!: (head: Head) => void;
  #reject!: (error: Error) => void;

  constructor(what: string) {
    super();
    this.#what = what;
    this.requestId = newRequestId();
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pulled(),
        cancel: () => this.abandon(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER }),
    );
  }

  holdBody(body: Body): void {
    this.#body = body;
    this.body = body.content;
    this.bodyInFile = body.inFile;
  }

  override release(): void {
    this.#body?.release();
    this.#body = null;
  }

  /** The reader has gone away, for this reason. */
  cancel(reason: unknown): void {
    this.abandon();
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#reject(error);
    this.#controller.error(error);
  }

  override onAnswer(
    head: string,
    _flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    this.#resolve(splitHead(head));
    // A copy of its own: the buffer holds other answers too, and a reader may transfer what it is given.
    if (end > start) this.#controller.enqueue(new Uint8Array(buffer.subarray(start, end)));
    this.#controller.close();
  }

  override onStart(head: string, _flags: number, data: Buffer): void {
    this.#resolve(splitHead(head));
    this.onData(data);
  }

  override onData(data: Buffer): void {
    if (data.length === 0) return;
    this.#controller.enqueue(new Uint8Array(data));
    if ((this.#controller.desiredSize ?? 0) > 0) {
      this.take(data.length);
      return;
    }
    this.#untaken += data.length;
    this.stalled = true;
  }

  override onEnd(): void {
    this.#controller.close();
  }

  override onAbort(reason: string): void {
    this.#controller.error(new QuintetError("QUINTET_BAD_ANSWER", `response cut short: ${reason}`));
  }

  override onFail(status: 502 | 503 | 504, error: QuintetError): void {
    this.#reject(Object.assign(error, { status }));
    this.#controller.error(error);
  }

  override describe(): string {
    return this.#what;
  }

  #pulled(): void {
    if (this.#untaken === 0) return;
    const size = this.#untaken;
    this.#untaken = 0;
    this.stalled = false;
    this.clock = performance.now();
    this.take(size);
  }
}

function splitHead(head: string): Head {
  const [status = "", ...rest] = head.split("\0");
  const headers: [string, string][] = [];
  for (let index = 0; index < rest.length; index += 2) {
    headers.push([rest[index] as string, rest[index + 1] as string]);
  }
  return { status, headers };
}
