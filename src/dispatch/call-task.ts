import type { QuintetError } from "../shared/errors.ts";
import { breach } from "../shared/shape.ts";
import type { WorkerLink } from "./link.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { ABORT, ANSWER, CALL_FAILED, DATA, END, START } from "../wire/frames.ts";
import type { CallFailed } from "../wire/json-messages.ts";
import { Task } from "./task.ts";

/** STATUS_CODES of node:http, which is loaded while the workers import; this is loaded before. */
const REASONS = { 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout" };

/**
 * A request that a worker makes of another application, as middleware around Django does: the answer goes back to that
 * worker as it came, frame by frame.
 */
export class CallTask extends Task {
  readonly #caller: WorkerLink;
  readonly #callId: number;
  readonly #outer: Task | undefined;
  readonly #onOver: () => void;
  /** Bytes that the caller has been sent and has not taken. */
  #untaken = 0;

  /**
   * @param outer the request that the worker runs meanwhile; its time does not count, for the call has its own
   * @param onOver it is answered
   */
  constructor(caller: WorkerLink, callId: number, outer: Task | undefined, onOver: () => void) {
    super();
    this.#caller = caller;
    this.#callId = callId;
    this.#outer = outer;
    this.#onOver = onOver;
    if (outer) {
      outer.stalled = true;
      this.requestId = outer.requestId;
    }
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL if the caller has taken more than it was sent */
  override take(bytes: number): void {
    if (bytes > this.#untaken) throw breach(`CALL_CREDIT for ${bytes} of ${this.#untaken} bytes`);
    this.#untaken -= bytes;
    super.take(bytes);
  }

  /** The caller does not want the answer any more. */
  leave(): void {
    this.#resume();
    this.abandon();
  }

  override onAnswer(
    head: ResponseHead,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
    micros: number,
  ): void {
    this.#over();
    const body = buffer.subarray(start, end);
    this.#caller.reply((out) => out.response(ANSWER, this.#callId, head.text, body, flags, micros));
  }

  override onStart(head: ResponseHead, flags: number, data: Buffer): void {
    this.#untaken = data.length;
    this.#caller.reply((out) => out.response(START, this.#callId, head.text, data, flags, 0));
  }

  override onData(data: Buffer): void {
    this.#untaken += data.length;
    this.#caller.reply((out) => out.frame(DATA, this.#callId, data));
  }

  override onEnd(micros: number): void {
    this.#over();
    this.#caller.reply((out) => out.end(END, this.#callId, micros));
  }

  override onAbort(): void {
    this.#over();
    this.#caller.reply((out) => out.end(ABORT, this.#callId, 0));
  }

  override onFail(status: 502 | 503 | 504, error: QuintetError): void {
    this.#over();
    const failed: CallFailed = {
      status,
      code: error.code,
      message: `${REASONS[status]}: ${error.message}`,
    };
    const payload = Buffer.from(JSON.stringify(failed));
    this.#caller.reply((out) => out.frame(CALL_FAILED, this.#callId, payload));
  }

  override describe(): string {
    return this.#outer ? this.#outer.describe() : "a call of a worker";
  }

  #over(): void {
    this.#onOver();
    this.#resume();
  }

  #resume(): void {
    if (!this.#outer) return;
    this.#outer.stalled = false;
    this.#outer.clock = performance.now();
  }
}
