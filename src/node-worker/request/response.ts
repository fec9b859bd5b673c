import { QuintetError } from "../../shared/errors.ts";
import { checkHead, type Head } from "../../wsgi/head.ts";
import type { StartResponse, Write } from "../../wsgi/types.ts";
import {
  ABORT,
  ANSWER,
  MAX_CHUNK_BYTES,
  DATA,
  END,
  HAS_LENGTH,
  HAS_SERVER,
  START,
} from "../../wire/frames.ts";
import type { Answers } from "../answers.ts";
import { checkBytes } from "./check-bytes.ts";
import { ResponseFlow } from "./response-flow.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * The response to one request. Turns what the application starts, writes and returns into frames for the front (PEP 3333, "The
 * Server/Gateway Side").
 */
export class WsgiResponse {
  readonly id: number;
  /** The whole response has been sent to the front. */
  complete = false;
  /** Called once, when the request has timed out and the front has answered the client. */
  onInterrupt: () => void = () => {};
  readonly #answers: Answers;
  readonly #isHead: boolean;
  readonly #began: number = performance.now();
  /** Whether startResponse was called, even if it threw. */
  #called = false;
  #head: Head | null = null;
  #stream: ResponseFlow | null = null;
  #sent = 0;
  /** Whether the application sent more than its Content-Length. */
  #tooLong = false;
  #interrupted = false;

  constructor(answers: Answers, id: number, method: string) {
    this.#answers = answers;
    this.id = id;
    this.#isHead = method === "HEAD";
  }

  /** The head has been sent to the front. */
  get headSent(): boolean {
    return this.complete || this.#stream !== null;
  }

  /** The rest of the body is not needed: the client has left, the body is not sent, or it is too long. */
  get gone(): boolean {
    const left = this.#interrupted || this.#stream?.gone === true;
    return left || this.#tooLong || (this.complete && this.#bodiless);
  }

  /** A 204, a 304 and the response to a HEAD have no body. */
  get #bodiless(): boolean {
    return this.#isHead || this.#head?.bodiless === true;
  }

  /** The request has timed out. */
  interrupt(): void {
    if (this.#interrupted) return;
    this.#interrupted = true;
    this.#stream?.leave();
    this.onInterrupt();
  }

  readonly startResponse: StartResponse = (status, headers, excInfo) => {
    if (excInfo !== undefined) {
      if (this.headSent) throw excInfo;
    } else if (this.#called) {
      throw new Error("start_response was called a second time without excInfo (PEP 3333)");
    }
    this.#called = true;
    const dropped = this.#answers.droppedHeaders();
    this.#head = checkHead(status, headers, dropped);
    if (dropped !== null && dropped.length > 0) this.#answers.warnDropped(dropped, this.id);
    return this.#write;
  };

  readonly #write: Write = (data) => {
    checkBytes(data, "write() was given");
    if (data.length > 0) this.#chunk(data, false, true);
    if (this.#tooLong) {
      const message = `write() goes past the Content-Length of ${this.#head?.length} (PEP 3333)`;
      throw new RangeError(message);
    }
  };

  /** Set the Content-Length of the body that follows, unless the application has set one. */
  measured(length: number): void {
    const head = this.#head;
    if (head === null || head.length !== null || this.headSent || this.#bodiless) return;
    this.#head = { ...head, length, text: `${head.text}\0Content-Length\0${length}` };
  }

  /**
   * Send a piece of the body.
   *
   * @param last it is the last piece
   * @returns a promise if the caller must wait until the client has taken more
   */
  chunk(bytes: Uint8Array, last: boolean): Promise<void> | undefined {
    const wasLonger = this.#tooLong;
    const wait = this.#chunk(bytes, last, false);
    if (this.#tooLong && !wasLonger) {
      const message = `the body is longer than its Content-Length of ${this.#head?.length}`;
      this.#answers.log("error", message, this.id);
    }
    return wait;
  }

  /** @param atOnce true for write(), which cannot wait, so what the client does not take stays in memory */
  #chunk(bytes: Uint8Array, last: boolean, atOnce: boolean): Promise<void> | undefined {
    const head = this.#head;
    if (head === null) {
      throw new Error("the application sent a body before it called start_response (PEP 3333)");
    }
    let data = bytes;
    let isLast = last;
    const bodiless = this.#bodiless;
    if (head.length !== null && !bodiless) {
      const left = head.length - this.#sent;
      if (data.length > left) {
        this.#tooLong = true;
        data = data.subarray(0, left);
      }
      // If the only piece of a list is too short, it is not the last: finish() then reports the short body.
      isLast = data.length === left;
    }
    if (this.complete) return undefined;
    this.#sent += data.length;
    if (bodiless) {
      this.#answer(head, NOTHING);
      return undefined;
    }
    if (this.#stream === null && isLast && data.length <= MAX_CHUNK_BYTES) {
      this.#answer(head, data);
      return undefined;
    }
    return this.#send(head, data, isLast, atOnce);
  }

  #send(head: Head, bytes: Uint8Array, last: boolean, atOnce: boolean): Promise<void> | undefined {
    let data = bytes;
    if (this.#stream === null) {
      const first = data.subarray(0, MAX_CHUNK_BYTES);
      this.#start(head, first);
      data = data.subarray(first.length);
    }
    if (data.length > 0) {
      return this.#rest(this.#stream as unknown as ResponseFlow, data, last, atOnce);
    }
    if (last) this.#end(END);
    return undefined;
  }

  #rest(
    stream: ResponseFlow,
    data: Uint8Array,
    last: boolean,
    atOnce: boolean,
  ): Promise<void> | undefined {
    for (let at = 0; at < data.length; at += MAX_CHUNK_BYTES) {
      const piece = data.subarray(at, at + MAX_CHUNK_BYTES);
      const wait = atOnce ? stream.count(piece.length) : stream.reserve(piece.length);
      if (wait)
        return wait.then(() =>
          this.#waited(stream, piece, data.subarray(at + MAX_CHUNK_BYTES), last),
        );
      if (stream.gone) return undefined;
      this.#answers.send((out) => out.frame(DATA, this.id, piece));
    }
    if (last) this.#end(END);
    return undefined;
  }

  #waited(
    stream: ResponseFlow,
    piece: Uint8Array,
    rest: Uint8Array,
    last: boolean,
  ): Promise<void> | undefined {
    if (stream.gone) return undefined;
    this.#answers.send((out) => out.frame(DATA, this.id, piece));
    return this.#rest(stream, rest, last, false);
  }

  #answer(head: Head, data: Uint8Array): void {
    this.complete = true;
    this.#answers.send((out) =>
      out.response(ANSWER, this.id, head.text, data, flagsOf(head), this.#micros()),
    );
  }

  #start(head: Head, data: Uint8Array): void {
    const stream = new ResponseFlow();
    stream.inFlight = data.length;
    this.#stream = stream;
    this.#answers.streams.set(this.id, stream);
    this.#answers.send((out) => out.response(START, this.id, head.text, data, flagsOf(head), 0));
  }

  #end(type: number): void {
    this.complete = true;
    this.#answers.streams.delete(this.id);
    this.#answers.send((out) => out.end(type, this.id, this.#micros()));
  }

  #micros(): number {
    return Math.min(Math.round((performance.now() - this.#began) * 1000), 0xff_ff_ff_ff);
  }

  /** The iterable has ended: end the response, or abort it if its body is shorter than its Content-Length. */
  finish(): void {
    if (this.complete) return;
    const head = this.#head;
    if (head === null) {
      throw new Error("the application returned without calling start_response (PEP 3333)");
    }
    const bodiless = this.#bodiless;
    if (this.#stream === null && (bodiless || !head.length)) return this.#answer(head, NOTHING);
    if (head.length === null || this.#sent >= head.length || bodiless) return this.#end(END);
    if (!this.gone) {
      const message = `the body ended after ${this.#sent} bytes; its Content-Length is ${head.length}`;
      this.#answers.log("error", message, this.id);
    }
    if (this.#stream === null) this.#start(head, NOTHING);
    this.#end(ABORT);
  }

  /** Log what the application threw, and answer with `status` if the head has not been sent. */
  fail(error: unknown, status = "500 Internal Server Error"): void {
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    // When a client leaves, the Python response that this application was reading for it ends too. That is not an error.
    const ended = error instanceof QuintetError && error.code === "QUINTET_BAD_ANSWER";
    if (!ended || !this.gone) this.#answers.log("error", text, this.id);
    if (this.complete) return;
    if (this.#stream !== null) return this.#end(ABORT);
    const head = checkHead(status, [["Content-Type", "text/plain; charset=utf-8"]]);
    this.#answer(head, this.#isHead ? NOTHING : Buffer.from(`${status.slice(4)}\n`));
  }
}

function flagsOf(head: Head): number {
  return (head.length === null ? 0 : HAS_LENGTH) | (head.hasServer ? HAS_SERVER : 0);
}
