import type { Socket } from "node:net";
import { FrameWriter } from "../wire/frame-writer.ts";
import { cut, FRAME_COST_BYTES, LOG, WINDOW_BYTES } from "../wire/frames.ts";

/** The flow of one response that is longer than a frame. */
export class Stream {
  inFlight = 0;
  /** Nobody reads it any more. */
  gone = false;
  #wake: (() => void) | null = null;

  /** Undefined if a frame of `size` more bytes may be sent now, else a promise of it. */
  reserve(size: number): Promise<void> | undefined {
    this.count(size);
    if (this.inFlight <= WINDOW_BYTES || this.gone) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** So many bytes more are sent, whether they may or not. */
  count(size: number): undefined {
    this.inFlight += size + FRAME_COST_BYTES;
  }

  credit(bytes: number): void {
    this.inFlight -= bytes;
    if (this.inFlight <= WINDOW_BYTES) this.#go();
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
  /** A hop-by-hop header of the application is an error. */
  readonly #strictHeaders: boolean;
  #warned = false;

  constructor(socket: Socket, strictHeaders = false) {
    this.#socket = socket;
    this.#strictHeaders = strictHeaders;
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

  /** For checkHead: where it puts the hop-by-hop headers that it drops; null if it is to throw. */
  droppedHeaders(): string[] | null {
    return this.#strictHeaders ? null : [];
  }

  /** Say that they were dropped, once for each process: the twin of python/quintet/wsgi/hop_by_hop.py. */
  warnDropped(names: string[], id: number): void {
    if (this.#warned) return;
    this.#warned = true;
    const what = names.length === 1 ? `header ${names[0]} is` : `headers ${names.join(", ")} are`;
    this.log(
      "warn",
      `the hop-by-hop ${what} dropped, which the application has set: such headers belong to the server (PEP 3333). ` +
        "With the setting strictHeaders start_response() throws, and the stack shows who sets them. " +
        "Later ones are dropped without a warning",
      id,
    );
  }

  log(level: "info" | "warn" | "error", text: string, id: number): void {
    this.json(LOG, id, { level, text: cut(text) });
  }
}
