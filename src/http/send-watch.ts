import type { Socket } from "node:net";
import { type Connection, connectionOf } from "./connection.ts";
import { lookEvery, Pace } from "./pace.ts";

/**
 * What the system has taken of what was written, and what it has not: node:net goes by the same two numbers to tell whether a
 * write makes progress (Socket._onTimeout), and has no other name for them. A write of 64 KB may take minutes.
 */
interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
}

/** Finds clients that do not take what is on its way to them. One timer for all connections: there may be thousands. */
export class SendWatch {
  readonly #timeout: number;
  readonly #minRate: number;
  readonly #cut: (connection: Connection, socket: Socket, why: string) => void;
  readonly #connections: Map<Socket, Pace | null> = new Map();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param timeout milliseconds in which a client may take nothing; 0 for no limit
   * @param minRate bytes a second that it takes at least; 0 for no limit
   * @param cut called once, before its connection is reset
   */
  constructor(
    timeout: number,
    minRate: number,
    cut: (connection: Connection, socket: Socket, why: string) => void,
  ) {
    this.#timeout = timeout;
    this.#minRate = minRate;
    this.#cut = cut;
  }

  /** From now on look whether the client at the other end takes what it is sent. May be called again. */
  watch(socket: Socket): void {
    if ((this.#timeout === 0 && this.#minRate === 0) || this.#connections.has(socket)) return;
    this.#connections.set(socket, null);
    socket.once("close", () => this.#connections.delete(socket));
    this.#timer ??= setInterval(() => this.#look(), lookEvery(this.#timeout)).unref();
  }

  #look(): void {
    const now = performance.now();
    for (const [socket, before] of this.#connections) {
      const handle = (socket as Socket & { _handle?: Handle | null })._handle;
      if (!handle || !(handle.writeQueueSize > 0)) {
        if (before !== null) this.#connections.set(socket, null);
        continue;
      }
      const taken = handle.bytesWritten - handle.writeQueueSize;
      const pace = before ?? new Pace(this.#timeout, this.#minRate, taken, now);
      if (before === null) this.#connections.set(socket, pace);
      const why = pace.look(taken, now, true);
      if (why !== null) this.#end(socket, why);
    }
    if (this.#connections.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #end(socket: Socket, why: "nothing" | "too little"): void {
    this.#connections.delete(socket);
    const reason =
      why === "nothing"
        ? `took nothing for ${this.#timeout / 1000} s`
        : `took less than ${this.#minRate} bytes a second`;
    this.#cut(connectionOf(socket), socket, reason);
    socket.resetAndDestroy();
  }
}
