import type { QuintetError } from "../../shared/errors.ts";
import { breach } from "../../shared/message-shape.ts";
import type { FrameWriter } from "../../wire/frame-writer.ts";
import { ABORT, ANSWER, CALL_FAILED, DATA, END, START } from "../../wire/frames.ts";
import type { CallFailed } from "../../wire/json-messages.ts";
import type { ResponseHead } from "../../wire/response-head.ts";
import { WAIT } from "../stopwatch.ts";
import { Task } from "../task.ts";

/**
 * From STATUS_CODES of node:http. Importing that here would be too early: it is loaded while the workers import the
 * application.
 */
const REASONS = { 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout" };

/** The worker that makes an inner call. */
export interface Caller {
  /** Writes frames to it. Does nothing if it is dead. */
  reply(write: (out: FrameWriter) => void): void;
}

/**
 * An inner call: a request from a Node worker to a Python application behind it, as middleware around Django makes it. The
 * response goes back to that worker unchanged, frame by frame.
 */
export class InnerCallTask extends Task {
  readonly #caller: Caller;
  readonly #callId: number;
  readonly #outer: Task | undefined;
  readonly #onEnded: () => void;
  /** How many bytes the caller has been sent but has not taken. */
  #untaken = 0;

  /**
   * @param outer the request that the worker is running. Its timeout is paused, because the call has its own.
   * @param onEnded called when the call has been answered
   */
  constructor(caller: Caller, callId: number, outer: Task | undefined, onEnded: () => void) {
    super();
    this.#caller = caller;
    this.#callId = callId;
    this.#outer = outer;
    this.#onEnded = onEnded;
    if (outer) {
      outer.pause(WAIT.INNER_CALL);
      this.requestId = outer.requestId;
    }
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL if the caller has taken more than it was sent */
  override take(bytes: number): void {
    if (bytes > this.#untaken) throw breach(`CALL_CREDIT for ${bytes} of ${this.#untaken} bytes`);
    this.#untaken -= bytes;
    super.take(bytes);
  }

  /** The caller no longer wants the response. */
  leave(): void {
    this.#resumeOuter();
    this.abandon();
  }

  override onAnswer(
    head: ResponseHead,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    this.#end();
    const body = buffer.subarray(start, end);
    this.#caller.reply((out) =>
      out.response(ANSWER, this.#callId, head.text, body, flags, this.micros),
    );
  }

  override onStart(head: ResponseHead, flags: number, data: Buffer): void {
    this.#untaken = data.length;
    this.#caller.reply((out) => out.response(START, this.#callId, head.text, data, flags, 0));
  }

  override onData(data: Buffer): void {
    this.#untaken += data.length;
    this.#caller.reply((out) => out.frame(DATA, this.#callId, data));
  }

  override onEnd(): void {
    this.#end();
    this.#caller.reply((out) => out.end(END, this.#callId, this.micros));
  }

  override onAbort(): void {
    this.#end();
    this.#caller.reply((out) => out.end(ABORT, this.#callId, 0));
  }

  override onFail(status: 502 | 503 | 504, error: QuintetError): void {
    this.#end();
    const failure: CallFailed = {
      status,
      code: error.code,
      message: `${REASONS[status]}: ${error.message}`,
    };
    const payload = Buffer.from(JSON.stringify(failure));
    this.#caller.reply((out) => out.frame(CALL_FAILED, this.#callId, payload));
  }

  override describe(): string {
    return this.#outer ? this.#outer.describe() : "an inner call";
  }

  #end(): void {
    this.#onEnded();
    this.#resumeOuter();
  }

  #resumeOuter(): void {
    this.#outer?.resume(WAIT.INNER_CALL, performance.now());
  }
}
