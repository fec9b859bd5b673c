import type { Socket } from "node:net";
import { FrameWriter } from "../worker/frame-writer.ts";
import { cut, FRAME_COST, LOG } from "../worker/frames.ts";

/** At most this many bytes of one response are on their way (sent by the worker, not yet taken by the client). */
const WINDOW = 128 * 1024;

/** The flow of one response that is longer than a frame. */
export class Stream {
  inFlight = 0;
  /** Nobody reads it any more. */
  gone = false;
  #wake: (() => void) | null = null;

  /** Undefined if a frame of `size` more bytes may be sent now, else a promise of it. */
  reserve(size: number): Promise<void> | undefined {
    this.count(size);
    if (this.inFlight <= WINDOW || this.gone) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** So many bytes more are sent, whether they may or not. */
  count(size: number): undefined {
    this.inFlight += size + FRAME_COST;
  }

  credit(bytes: number): void {
    this.inFlight -= bytes;
    if (this.inFlight <= WINDOW) this.#go();
  }

  leave(): void {
    this.gone = true;
    this.#go();
  }

  #go(): void {
    this.#wake?.();
    this.#wake = null;
  }
}

/** The way back to the front. Each answer is written before anything else is done. */
export class Answers {
  readonly streams: Map<number, Stream> = new Map();
  readonly #socket: Socket;
  readonly #out = new FrameWriter();

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(write: (out: FrameWriter) => void): void {
    write(this.#out);
    if (this.#socket.destroyed) return;
    this.#socket.write(this.#out.take());
    this.#out.clear(this.#socket.writableLength === 0);
  }

  json(type: number, id: number, value: object): void {
    this.send((out) => out.frame(type, id, Buffer.from(JSON.stringify(value))));
  }

  log(level: "info" | "error", text: string, id: number): void {
    this.json(LOG, id, { level, text: cut(text) });
  }
}
