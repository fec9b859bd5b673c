import type { Socket } from "node:net";
import { FrameWriter } from "../wire/frame-writer.ts";
import { cut, LOG } from "../wire/frames.ts";
import type { ResponseFlow } from "./request/response-flow.ts";

/** Writes this worker's responses to the front. Each is written before application code runs again. */
export class Answers {
  /** The responses that are longer than a frame, by the number of their request. */
  readonly streams: Map<number, ResponseFlow> = new Map();
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

  /** Warn once in this process that headers were dropped. The twin of python/quintet/wsgi/hop_by_hop.py. */
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
