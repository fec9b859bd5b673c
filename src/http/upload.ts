import type { IncomingMessage, ServerResponse } from "node:http";
import { WAIT } from "../dispatch/stopwatch.ts";
import type { BodySink, BodySource, Task } from "../dispatch/task.ts";
import { BLOCK, Blocks } from "./blocks.ts";
import { checkLength } from "./head.ts";
import { closeLingering } from "./linger.ts";
import { Refusal } from "./refusal.ts";
import { checkTrailers } from "./trailers.ts";

export interface UploadOptions {
  /** The client sends nothing before it is told to. */
  expecting: boolean;
  /** Bytes that it may have; 0 for no limit. */
  limit: number;
  /** Answer so, and break it off. */
  refuse(refusal: Refusal): void;
}

/**
 * A request body that goes to the application while it comes in. Nothing of it is sent before the application reads: what
 * it does not ask for is held here up to a block, and the rest stays with the client, whose connection is full at some time.
 */
export class Upload implements BodySource {
  /** Bytes that have been handed on. */
  received = 0;
  /** When the whole of it had come, by performance.now(). */
  wholeAt: number = Infinity;
  readonly #task: Task;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: UploadOptions;
  readonly #blocks = new Blocks();
  #expecting: boolean;
  /** Bytes that the worker waits for; 0 when it does not. */
  #wanted = 0;
  #sink: BodySink | null = null;
  #unwanted = false;
  /** Something has come that has not been looked at yet. */
  #isNew = false;
  /** Why no more of it will come. */
  #broken: string | null = null;

  constructor(
    task: Task,
    request: IncomingMessage,
    response: ServerResponse,
    options: UploadOptions,
  ) {
    this.#task = task;
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#expecting = options.expecting;
    request.on("data", (piece: Buffer) => this.#take(piece));
    request.on("end", () => this.#move());
  }

  want(bytes: number, sink: BodySink): void {
    this.#wanted = bytes;
    this.#sink = sink;
    if (this.#expecting) {
      this.#expecting = false;
      // After the answer has begun it would be part of it.
      if (!this.#response.headersSent) this.#response.writeContinue();
    }
    this.#move();
  }

  break(reason: string): void {
    this.#broken ??= reason;
    this.#move();
  }

  discard(): void {
    this.#unwanted = true;
    this.#wanted = 0;
    this.#blocks.take();
    this.#request.resume();
  }

  /** The head of the answer is about to be written. If the body is not whole by then, nothing can follow on this connection. */
  answering(): void {
    if (this.#request.complete) return;
    this.#response.shouldKeepAlive = false;
    closeLingering(this.#request.socket);
  }

  #take(piece: Buffer): void {
    if (this.#unwanted) return;
    this.#blocks.add(piece);
    if (this.#blocks.memory >= BLOCK) this.#request.pause();
    if (this.#isNew) return;
    this.#isNew = true;
    // All that has come with it goes with it.
    process.nextTick(() => {
      this.#isNew = false;
      this.#move();
    });
  }

  #move(): void {
    const request = this.#request;
    if (request.complete) this.wholeAt = Math.min(this.wholeAt, performance.now());
    if (this.#unwanted || this.#wanted === 0) return;
    const task = this.#task;
    const sink = this.#sink as BodySink;
    try {
      if (this.#broken === null) this.#check();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#options.refuse(error);
    }
    if (this.#broken !== null) {
      sink.bodyGone(task, this.#broken);
    } else {
      const ready = Math.min(this.#blocks.size, this.#wanted);
      if (ready > 0) {
        this.received += ready;
        sink.body(task, this.#read(ready));
      } else if (!this.#isWhole) {
        task.pause(WAIT.CLIENT_SENDS);
        if (request.isPaused()) request.resume();
        return;
      }
      if (this.#isWhole && this.#blocks.size === 0) sink.bodyEnd(task);
    }
    // It asks again when it needs more: so it is known at any time whether the application waits for the client.
    this.#wanted = 0;
    task.resume(WAIT.CLIENT_SENDS, performance.now());
  }

  /** Nothing comes behind what has been taken in. */
  get #isWhole(): boolean {
    return this.#request.complete && this.#request.readableLength === 0;
  }

  #read(bytes: number): Buffer {
    const all = this.#blocks.takeWhole();
    if (bytes < all.length) this.#blocks.add(all.subarray(bytes));
    else if (this.#request.isPaused()) this.#request.resume();
    return all.subarray(0, bytes);
  }

  /** What is there now, by what only its end tells of a chunked body. */
  #check(): void {
    checkLength(this.received + this.#blocks.size, this.#options.limit);
    if (this.#request.complete) checkTrailers(this.#request);
  }
}
