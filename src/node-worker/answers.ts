import type { Socket } from "node:net";
import { FrameWriter } from "../wire/frame-writer.ts";
import { cut, FRAME_COST, LOG } from "../wire/frames.ts";

/** How many bytes of one response may be in flight: sent by the worker and not yet taken by the client. */
const MAX_IN_FLIGHT_BYTES = 128 * 1024;

/** Flow control of one response that is longer than a frame. */
export class Stream {
  inFlight = 0;
  /** The client has left, or the request has timed out. */
  gone = false;
  #wake: (() => void) | null = null;

  /** @returns undefined if a frame of `size` bytes may be sent now, or a promise that resolves when it may */
  reserve(size: number): Promise<void> | undefined {
    this.count(size);
    if (this.inFlight <= MAX_IN_FLIGHT_BYTES || this.gone) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Count a frame of `size` bytes that is sent without waiting. */
  count(size: number): undefined {
    this.inFlight += size + FRAME_COST;
  }

  credit(bytes: number): void {
    this.inFlight -= bytes;
    if (this.inFlight <= MAX_IN_FLIGHT_BYTES) this.#go();
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

/** Writes the answers of this worker to the front. Each is written before application code runs again. */
export class Answers {
  readonly streams: Map<number, Stream> = new Map();
  readonly #socket: Socket;
  readonly #out = new FrameWriter();
  /** The setting strictHeaders: a hop-by-hop header of the application is an error. */
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

  /** The list in which checkHead collects the hop-by-hop headers that it drops; null if it must throw. */
  droppedHeaders(): string[] | null {
    return this.#strictHeaders ? null : [];
  }

  /** Warn once in this process that headers were dropped. The twin of python/quintet/hop_by_hop.py. */
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
