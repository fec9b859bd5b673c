import type { IncomingMessage } from "node:http";
import { lookEvery, Pace } from "./pace.ts";

/** A body that is on its way in. */
interface Arriving {
  pace: Pace;
  late: (why: string) => void;
  waits: () => boolean;
}

/** Finds bodies of which too little has come for too long. One timer for all of them: there may be thousands. */
export class BodyWatch {
  readonly #timeout: number;
  readonly #minRate: number;
  readonly #arriving: Map<IncomingMessage, Arriving> = new Map();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param timeout milliseconds between two pieces; 0 for no limit
   * @param minRate bytes a second; 0 for no limit
   */
  constructor(timeout: number, minRate: number) {
    this.#timeout = timeout;
    this.#minRate = minRate;
  }

  /**
   * @param late the client has sent too little for so long; called once
   * @param waits whether anybody waits for it
   */
  watch(
    request: IncomingMessage,
    late: (why: string) => void,
    waits: () => boolean = () => true,
  ): void {
    if (this.#timeout === 0 && this.#minRate === 0) return;
    // Most bodies have come with their head, and are whole once the parser returns.
    process.nextTick(() => {
      if (request.complete || request.destroyed) return;
      const pace = new Pace(this.#timeout, this.#minRate, request.socket.bytesRead);
      this.#arriving.set(request, { pace, late, waits });
      request.once("close", () => this.#arriving.delete(request));
      this.#timer ??= setInterval(() => this.#look(), lookEvery(this.#timeout)).unref();
    });
  }

  #look(): void {
    const now = performance.now();
    for (const [request, { pace, late, waits }] of this.#arriving) {
      if (request.complete) {
        this.#arriving.delete(request);
        continue;
      }
      // What lies there unread is not the client's delay.
      const isDue = request.readableLength === 0 && waits();
      const why = pace.look(request.socket.bytesRead, now, isDue);
      if (why === null) continue;
      this.#arriving.delete(request);
      late(
        why === "nothing"
          ? `nothing of the body for ${this.#timeout / 1000} s`
          : `the body came with less than ${this.#minRate} bytes a second`,
      );
    }
    if (this.#arriving.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
