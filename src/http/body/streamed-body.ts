import type { IncomingMessage, ServerResponse } from "node:http";
import { WAIT } from "../../dispatch/stopwatch.ts";
import type { BodySink, BodySource, Task } from "../../dispatch/task.ts";
import { lingerOnClose } from "../connection/lingering-close.ts";
import { RequestError } from "../reject/request-error.ts";
import { checkBodySize } from "../request/request-limits.ts";
import { checkTrailers } from "../request/trailers.ts";
import { Blocks, MAX_BLOCK_BYTES } from "./blocks.ts";

export interface StreamedBodyOptions {
  /** The client waits for 100 Continue before it sends the body. */
  isExpecting: boolean;
  /** The most bytes that the body may have; 0 for no limit. */
  limit: number;
  /** Rejects the request. */
  reject(error: RequestError): void;
}

/**
 * A request body that goes to the application as it arrives. Nothing is sent to the worker before the application reads. One
 * block is held here; then the request is paused, so that the client has to wait.
 */
export class StreamedBody implements BodySource {
  /** The bytes that have been sent to the worker. */
  received = 0;
  /** When the body was complete, by performance.now(); Infinity before that. */
  wholeAt: number = Infinity;
  readonly #task: Task;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: StreamedBodyOptions;
  readonly #blocks = new Blocks();
  #isExpecting: boolean;
  /** The most bytes that the worker waits for; 0 if it does not wait. */
  #wanted = 0;
  #sink: BodySink | null = null;
  #isDiscarded = false;
  #isScheduled = false;
  /** Why no more of the body will arrive; null if more may arrive. */
  #brokenReason: string | null = null;

  constructor(
    task: Task,
    request: IncomingMessage,
    response: ServerResponse,
    options: StreamedBodyOptions,
  ) {
    this.#task = task;
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#isExpecting = options.isExpecting;
    request.on("data", (piece: Buffer) => this.#receive(piece));
    request.on("end", () => this.#send());
  }

  want(bytes: number, sink: BodySink): void {
    this.#wanted = bytes;
    this.#sink = sink;
    if (this.#isExpecting) {
      this.#isExpecting = false;
      // Once the response has begun, a 100 Continue would become part of it.
      if (!this.#response.headersSent) this.#response.writeContinue();
    }
    this.#send();
  }

  break(reason: string): void {
    this.#brokenReason ??= reason;
    this.#send();
  }

  discard(): void {
    this.#isDiscarded = true;
    this.#wanted = 0;
    this.#blocks.take();
    this.#request.resume();
  }

  /**
   * Call this when the response is about to begin. If the body is not complete, the connection cannot be used for another
   * request.
   */
  answering(): void {
    if (this.#request.complete) return;
    this.#response.shouldKeepAlive = false;
    lingerOnClose(this.#request.socket);
  }

  #receive(piece: Buffer): void {
    if (this.#isDiscarded) return;
    this.#blocks.add(piece);
    if (this.#blocks.memory >= MAX_BLOCK_BYTES) this.#request.pause();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Other pieces of the same packet go with this one.
    process.nextTick(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  /** Sends data if the worker waits for some and there is any. */
  #send(): void {
    const request = this.#request;
    if (request.complete) this.wholeAt = Math.min(this.wholeAt, performance.now());
    if (this.#isDiscarded || this.#wanted === 0) return;
    const task = this.#task;
    const sink = this.#sink as BodySink;
    try {
      if (this.#brokenReason === null) this.#check();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return this.#options.reject(error);
    }
    if (this.#brokenReason !== null) {
      sink.bodyGone(task, this.#brokenReason);
    } else {
      const bytes = Math.min(this.#blocks.size, this.#wanted);
      if (bytes > 0) {
        this.received += bytes;
        sink.body(task, this.#read(bytes));
      } else if (!this.#isComplete) {
        task.pause(WAIT.CLIENT_SENDS);
        if (request.isPaused()) request.resume();
        return;
      }
      if (this.#isComplete && this.#blocks.size === 0) sink.bodyEnd(task);
    }
    // The worker asks again when it needs more, so it is known at any time whether it waits for the client.
    this.#wanted = 0;
    task.resume(WAIT.CLIENT_SENDS, performance.now());
  }

  /** Whether `#blocks` has the rest of the body. */
  get #isComplete(): boolean {
    return this.#request.complete && this.#request.readableLength === 0;
  }

  #read(bytes: number): Buffer {
    const all = this.#blocks.takeWhole();
    if (bytes < all.length) this.#blocks.add(all.subarray(bytes));
    else if (this.#request.isPaused()) this.#request.resume();
    return all.subarray(0, bytes);
  }

  /** Checks what is known of the body so far: the size and the trailers of a chunked body are known only at its end. */
  #check(): void {
    checkBodySize(this.received + this.#blocks.size, this.#options.limit);
    if (this.#request.complete) checkTrailers(this.#request);
  }
}
