import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { later, type Stepwise } from "./turns.ts";

/** A head is not cut, if it is not longer than this. */
const HEAD = 16 * 1024;
/** What else is no body for sure is given to the parser in so many bytes at a time. */
const SLICE = 4 * 1024;
/** So many slices at once, before others have their turn. */
const AT_ONCE = 8;
/** So many requests of a connection may wait for the answers before them. Then nothing is read from it. */
const WAITING = 4;
/** Bytes in which a method begins, behind empty lines or not. */
const METHOD = 16;
/** How each head ends: the parser takes nothing else. So what has it at its end alone is one request at most. */
const BLANK_LINE = "\r\n\r\n";

/** What an intake asks about the requests that its parser has found. */
export interface Found {
  /** The response to the request that came last. */
  readonly latest: ServerResponse | null;
  /** How many requests are not answered. */
  readonly unanswered: number;
  /** Nothing that comes now is a request. */
  readonly refused: boolean;
}

/**
 * Stands between a connection and its parser, and holds back what comes too early: requests while others wait already, and a
 * body that nobody reads yet. What is held back is about one packet; then the connection is not read, and its client waits.
 * The parser gets one request at a time: else a packet of 64 KB could be thousands of them.
 */
export class Intake implements Stepwise {
  /** How the head that is being read begins; empty if nothing of it has come, null if it began behind a body. */
  begun: string | null = "";
  /** A line of that head has ended already. */
  lineEnded = false;
  readonly #socket: Socket;
  readonly #found: Found;
  /** The listeners by which node:http reads a connection, and learns of its end. */
  readonly #parse: (data: Buffer) => void;
  readonly #ends: (() => void)[];
  /** What the parser has not seen. */
  #rest: Buffer | null = null;
  #ended = false;
  /** The connection is not read. */
  #held = false;
  #parsing = false;
  #queued = false;
  /** No more than so many bytes of the latest request's body have come. */
  #bodyGiven = 0;
  /** The request of which it is known when this may go on. */
  #watched: IncomingMessage | null = null;

  /** For a connection that node:http has just taken over. */
  constructor(socket: Socket, found: Found) {
    this.#socket = socket;
    this.#found = found;
    this.#parse = socket.listeners("data")[0] as (data: Buffer) => void;
    this.#ends = socket.listeners("end") as (() => void)[];
    socket.removeAllListeners("end");
    socket.off("data", this.#parse);
    socket.on("data", (data: Buffer) => this.#take(data));
    socket.on("end", () => {
      this.#ended = true;
      if (this.#rest === null) this.#end();
    });
    // node:http has it read on when a request is whole.
    socket.on("resume", () => {
      if (this.#held) socket.pause();
    });
  }

  /** More has come than the parser has seen: the latest request is perhaps not the last. */
  get hasMore(): boolean {
    return this.#rest !== null;
  }

  /** Nothing that has come, or comes, is a request. The connection is read on, for whoever drops that. */
  stop(): void {
    this.#rest = null;
    this.#hold(false);
    if (this.#ended) this.#end();
  }

  /** A few slices, and the next ones when others have had their turn. */
  step(): void {
    this.#queued = false;
    this.#proceed();
  }

  #take(data: Buffer): void {
    if (this.#found.refused) return;
    if (this.#rest === null && this.#isOpen() && lengthOfSlice(data) === data.length) {
      return this.#feed(data);
    }
    // A connection that is paused still brings what has been read of it.
    this.#rest = this.#rest === null ? data : Buffer.concat([this.#rest, data]);
    this.#proceed();
  }

  #proceed(): void {
    if (this.#rest === null || this.#queued || this.#parsing) return;
    if (this.#found.refused || this.#socket.destroyed) this.#rest = null;
    for (let count = 0; count < AT_ONCE && this.#rest !== null && this.#isOpen(); count += 1) {
      this.#feedOne(this.#rest);
    }
    if (this.#rest !== null) this.#wait();
    this.#hold(this.#rest !== null);
    if (this.#rest === null && this.#ended) this.#end();
  }

  #feedOne(rest: Buffer): void {
    const left = this.#bodyLeft();
    const size = left >= SLICE ? Math.min(left, rest.length) : lengthOfSlice(rest);
    this.#rest = size === rest.length ? null : rest.subarray(size);
    this.#feed(size === rest.length ? rest : rest.subarray(0, size));
  }

  #feed(data: Buffer): void {
    const before = this.#found.latest;
    const inBody = before?.req.complete === false;
    this.#parsing = true;
    try {
      this.#parse(data);
    } finally {
      this.#parsing = false;
    }
    const { latest } = this.#found;
    if (latest !== before) {
      this.begun = "";
      this.lineEnded = false;
      // A slice ends with the head, unless it is too long for one.
      this.#bodyGiven = endsAHead(data) ? 0 : data.length;
      return;
    }
    this.#bodyGiven += data.length;
    if (latest?.req.complete === false) return;
    const isOver = endsAHead(data) || this.#bodyGiven === lengthOfBody(latest);
    if (inBody) this.begun = isOver ? "" : null;
    else if (this.begun !== null && this.begun.length < METHOD) {
      this.begun += data.toString("latin1", 0, METHOD);
    }
    this.lineEnded ||= data.includes(10);
  }

  /** Go on when others have had their turn, or when there is a reason to. */
  #wait(): void {
    const latest = this.#found.latest as ServerResponse;
    // What flows is taken in this very turn.
    if (this.#isOpen() || (!latest.req.complete && latest.req.readableFlowing)) {
      this.#queued = true;
      return later(this);
    }
    if (this.#watched === latest.req) return;
    this.#watched = latest.req;
    // Its answer is out, or somebody reads its body; one that is over has its body read by node:http.
    latest.on("finish", () => this.#proceed());
    latest.req.on("resume", () => this.#proceed());
  }

  #isOpen(): boolean {
    const { latest, unanswered } = this.#found;
    if (latest === null) return true;
    const { req } = latest;
    if (req.complete) return unanswered <= WAITING;
    // Nobody reads the body, of one that waits for its turn, say: a first piece of it is enough.
    return !req.isPaused() && req.readableLength === 0;
  }

  /** So many bytes surely belong to the body that is being read. */
  #bodyLeft(): number {
    const { latest } = this.#found;
    return latest?.req.complete === false ? lengthOfBody(latest) - this.#bodyGiven : 0;
  }

  #hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    if (held) this.#socket.pause();
    else this.#socket.resume();
  }

  #end(): void {
    for (const end of this.#ends.splice(0)) end.call(this.#socket);
  }
}

/** Up to where bytes are one request at most, or a manageable piece of a body. */
function lengthOfSlice(data: Buffer): number {
  const window = data.length <= HEAD ? data : data.subarray(0, HEAD);
  const end = window.indexOf(BLANK_LINE, 0, "latin1");
  return end >= 0 ? end + BLANK_LINE.length : Math.min(SLICE, data.length);
}

/** A chunked body without trailers ends in the same way. */
function endsAHead(data: Buffer): boolean {
  return data.length >= 4 && data.readUInt32BE(data.length - 4) === 0x0d0a0d0a;
}

/** The Content-Length of the request behind a response; 0 without one. */
function lengthOfBody(response: ServerResponse | null): number {
  const length = Number(response?.req.headers["content-length"]);
  return Number.isSafeInteger(length) ? length : 0;
}
