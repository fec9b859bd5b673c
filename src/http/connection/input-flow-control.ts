import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { endsWithBlankLine, lengthOfBody, lengthOfSlice, SLICE_BYTES } from "./input-slices.ts";
import { scheduleStep, type SteppedTask } from "./step-scheduler.ts";

/** The number of slices that the parser gets in one step. Then other connections have their turn. */
const MAX_SLICES_PER_STEP = 8;
/** The number of pipelined requests of a connection that may wait. Then the connection is not read. */
const MAX_PIPELINED = 4;
/** The bytes at the beginning of a head that contain the method, even behind empty lines. */
const METHOD_BYTES = 16;

/** What flow control needs to know about the requests of a connection. */
export interface PipelinedRequests {
  /** The response to the newest request. */
  readonly latest: ServerResponse | null;
  /** The number of requests without a complete response. */
  readonly unanswered: number;
  /** Nothing that arrives from now on is a request. */
  readonly isRejected: boolean;
}

/**
 * Controls when node:http's parser gets a connection's input. It holds back requests while others are waiting, and a body
 * while nobody reads it. It holds about one packet; then the connection is not read, and the client has to wait. The parser
 * gets one request at a time, because a packet of 64 KB may contain thousands of them.
 */
export class InputFlowControl implements SteppedTask {
  /** The beginning of the head that is being read: empty before any of it has arrived, null if it followed a body directly. */
  head: string | null = "";
  /** Whether the first line of that head is complete. */
  isLineComplete = false;
  readonly #socket: Socket;
  readonly #requests: PipelinedRequests;
  /** node:http's listeners for the data and the end of the connection. */
  readonly #parse: (data: Buffer) => void;
  readonly #endListeners: (() => void)[];
  /** Input that the parser has not seen. */
  #rest: Buffer | null = null;
  #hasEnded = false;
  /** Whether reading is paused. */
  #isPaused = false;
  #isParsing = false;
  #isScheduled = false;
  /** An upper bound for the bytes of the newest request's body that the parser has seen. */
  #bodyBytes = 0;
  /** The request whose events trigger the next step. */
  #awaited: IncomingMessage | null = null;

  /** @param socket a connection that node:http has just taken over */
  constructor(socket: Socket, requests: PipelinedRequests) {
    this.#socket = socket;
    this.#requests = requests;
    this.#parse = socket.listeners("data")[0] as (data: Buffer) => void;
    this.#endListeners = socket.listeners("end") as (() => void)[];
    socket.removeAllListeners("end");
    socket.off("data", this.#parse);
    socket.on("data", (data: Buffer) => this.#receive(data));
    socket.on("end", () => {
      this.#hasEnded = true;
      if (this.#rest === null) this.#end();
    });
    // node:http resumes reading when a request is complete.
    socket.on("resume", () => {
      if (this.#isPaused) socket.pause();
    });
  }

  /** Whether the parser has not seen all input. Then there may be a newer request. */
  get hasMore(): boolean {
    return this.#rest !== null;
  }

  /** Drops the held input and stops controlling the connection. The caller may read and drop the rest. */
  stop(): void {
    this.#rest = null;
    this.#pause(false);
    if (this.#hasEnded) this.#end();
  }

  /** Parses a few slices. The next ones follow after other connections have had their turn. */
  step(): void {
    this.#isScheduled = false;
    this.#proceed();
  }

  #receive(data: Buffer): void {
    if (this.#requests.isRejected) return;
    if (this.#rest === null && this.#isOpen() && lengthOfSlice(data) === data.length) {
      return this.#parseSlice(data);
    }
    // A paused connection still emits what has already been read.
    this.#rest = this.#rest === null ? data : Buffer.concat([this.#rest, data]);
    this.#proceed();
  }

  #proceed(): void {
    if (this.#rest === null || this.#isScheduled || this.#isParsing) return;
    if (this.#requests.isRejected || this.#socket.destroyed) this.#rest = null;
    for (let slices = 0; slices < MAX_SLICES_PER_STEP; slices += 1) {
      if (this.#rest === null || !this.#isOpen()) break;
      this.#parseNext(this.#rest);
    }
    if (this.#rest !== null) this.#wait();
    this.#pause(this.#rest !== null);
    if (this.#rest === null && this.#hasEnded) this.#end();
  }

  #parseNext(rest: Buffer): void {
    const bodyLeft = this.#bodyLeft();
    const size = bodyLeft >= SLICE_BYTES ? Math.min(bodyLeft, rest.length) : lengthOfSlice(rest);
    this.#rest = size === rest.length ? null : rest.subarray(size);
    this.#parseSlice(size === rest.length ? rest : rest.subarray(0, size));
  }

  #parseSlice(data: Buffer): void {
    const before = this.#requests.latest;
    const wasInBody = before?.req.complete === false;
    this.#isParsing = true;
    try {
      this.#parse(data);
    } finally {
      this.#isParsing = false;
    }
    const { latest } = this.#requests;
    if (latest !== before) {
      this.head = "";
      this.isLineComplete = false;
      // A slice ends with the head, unless the head is too long for one.
      this.#bodyBytes = endsWithBlankLine(data) ? 0 : data.length;
      return;
    }
    this.#bodyBytes += data.length;
    if (latest?.req.complete === false) return;
    const endsBody = endsWithBlankLine(data) || this.#bodyBytes === lengthOfBody(latest);
    if (wasInBody) this.head = endsBody ? "" : null;
    else if (this.head !== null && this.head.length < METHOD_BYTES) {
      this.head += data.toString("latin1", 0, METHOD_BYTES);
    }
    this.isLineComplete ||= data.includes(10);
  }

  /** Schedules the next step: after other connections have had their turn, or once the parser may get more. */
  #wait(): void {
    const latest = this.#requests.latest as ServerResponse;
    // A body that is flowing is read within this turn of the event loop.
    if (this.#isOpen() || (!latest.req.complete && latest.req.readableFlowing)) {
      this.#isScheduled = true;
      return scheduleStep(this);
    }
    if (this.#awaited === latest.req) return;
    this.#awaited = latest.req;
    // Proceed once the response has been sent, because node:http then reads the rest of the body, or once somebody reads the
    // body.
    latest.on("finish", () => this.#proceed());
    latest.req.on("resume", () => this.#proceed());
  }

  /** Whether the parser may get more. */
  #isOpen(): boolean {
    const { latest, unanswered } = this.#requests;
    if (latest === null) return true;
    const { req } = latest;
    if (req.complete) return unanswered <= MAX_PIPELINED;
    // If nobody reads the body, for example because its request is queued, its first piece is enough.
    return !req.isPaused() && req.readableLength === 0;
  }

  /** The number of bytes that certainly belong to the body that is being read. */
  #bodyLeft(): number {
    const { latest } = this.#requests;
    return latest?.req.complete === false ? lengthOfBody(latest) - this.#bodyBytes : 0;
  }

  #pause(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  #end(): void {
    for (const listener of this.#endListeners.splice(0)) listener.call(this.#socket);
  }
}
