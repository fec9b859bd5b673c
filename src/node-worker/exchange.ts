import { QuintetError } from "../shared/errors.ts";
import { checkHead, type Head } from "../wsgi/head.ts";
import type { StartResponse, Write } from "../wsgi/types.ts";
import {
  ABORT,
  ANSWER,
  MAX_CHUNK_BYTES,
  DATA,
  END,
  HAS_LENGTH,
  HAS_SERVER,
  START,
} from "../wire/frames.ts";
import { type Answers, Stream } from "./answers.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/** The server's side of one request (PEP 3333, "The Server/Gateway Side"). */
export class Exchange {
  readonly id: number;
  /** The front has the whole response. */
  complete = false;
  /** It has run out of time, and its client has been answered: called once. */
  onInterrupt: () => void = () => {};
  readonly #answers: Answers;
  readonly #isHead: boolean;
  readonly #began: number = performance.now();
  /** startResponse was called, also if it has thrown. */
  #called = false;
  #head: Head | null = null;
  #stream: Stream | null = null;
  #sent = 0;
  /** There was more than Content-Length says. */
  #tooLong = false;
  #interrupted = false;

  constructor(answers: Answers, id: number, method: string) {
    this.#answers = answers;
    this.id = id;
    this.#isHead = method === "HEAD";
  }

  /** The head is on its way. */
  get headSent(): boolean {
    return this.complete || this.#stream !== null;
  }

  /** Nobody wants the rest of the body: its client has left, or it is one that is not sent, or too long. */
  get gone(): boolean {
    const left = this.#interrupted || this.#stream?.gone === true;
    return left || this.#tooLong || (this.complete && this.#bodiless);
  }

  /** 204, 304 and the answer to a HEAD have none. */
  get #bodiless(): boolean {
    return this.#isHead || this.#head?.bodiless === true;
  }

  /** It takes too long, and nobody waits for it any more. */
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

  /** So long is the body that follows, which the application has not said. */
  measured(length: number): void {
    const head = this.#head;
    if (head === null || head.length !== null || this.headSent || this.#bodiless) return;
    this.#head = { ...head, length, text: `${head.text}\0Content-Length\0${length}` };
  }

  /**
   * Send a piece of the body.
   *
   * @param last nothing follows
   * @returns a promise when the client has to catch up first
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

  /** @param atOnce it cannot wait: what the client does not take then lies in memory, one of the reasons not to write() */
  #chunk(bytes: Uint8Array, last: boolean, atOnce: boolean): Promise<void> | undefined {
    const head = this.#head;
    if (head === null) {
      throw new Error("the application sent a body before it called start_response (PEP 3333)");
    }
    let data = bytes;
    let isLast = last;
    const bodiless = this.#bodiless;
    if (head.length !== null && !bodiless) {
      const room = head.length - this.#sent;
      if (data.length > room) {
        this.#tooLong = true;
        data = data.subarray(0, room);
      }
      // Even the only piece of a list is not the last if it is too short: finish() shows that it is cut.
      isLast = data.length === room;
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
      return this.#rest(this.#stream as unknown as Stream, data, last, atOnce);
    }
    if (last) this.#end(END);
    return undefined;
  }

  #rest(
    stream: Stream,
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
    stream: Stream,
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
    const stream = new Stream();
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

  /** The iterable has ended: so does the response, or it is shown to be cut short. */
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

  /** The application threw: log it, and answer with `status` if that is still possible. */
  fail(error: unknown, status = "500 Internal Server Error"): void {
    const text = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    // What an application was reading ends with the client that it read it for.
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

/** @throws {TypeError} for what is no Uint8Array, naming what it is */
export function checkBytes(data: unknown, who: string): asserts data is Uint8Array {
  if (data instanceof Uint8Array) return;
  const what = typeof data === "object" ? (data?.constructor?.name ?? "null") : `a ${typeof data}`;
  throw new TypeError(`${who} ${what} where PEP 3333 wants bytes (a Uint8Array)`);
}
