import type { Socket } from "node:net";
import { type Connection, connectionOf } from "./connection.ts";
import { checkIntervalMs, TransferRate } from "./transfer-rate.ts";

/**
 * How much the kernel has taken of what was written, and how much it has not. These two numbers are undocumented, but node:net
 * uses them itself to see whether a write makes progress (Socket._onTimeout), and there are no others: a single write of 64 KB
 * may take minutes.
 */
interface Handle {
  bytesWritten: number;
  writeQueueSize: number;
}

/** Finds clients that do not read their responses. One timer serves all connections, because there may be thousands. */
export class SlowReaders {
  readonly #timeoutMs: number;
  readonly #minRate: number;
  readonly #onReset: (connection: Connection, reason: string) => void;
  readonly #connections: Map<Socket, TransferRate | null> = new Map();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param timeoutMs how long a client may read nothing; 0 for no limit
   * @param minRate bytes per second that a client must read; 0 for no limit
   * @param onReset called once, just before the connection is reset
   */
  constructor(
    timeoutMs: number,
    minRate: number,
    onReset: (connection: Connection, reason: string) => void,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#minRate = minRate;
    this.#onReset = onReset;
  }

  /** Tracks a connection until it closes. May be called again. */
  track(socket: Socket): void {
    if ((this.#timeoutMs === 0 && this.#minRate === 0) || this.#connections.has(socket)) return;
    this.#connections.set(socket, null);
    socket.once("close", () => this.#connections.delete(socket));
    this.#timer ??= setInterval(() => this.#check(), checkIntervalMs(this.#timeoutMs)).unref();
  }

  #check(): void {
    const now = performance.now();
    for (const [socket, before] of this.#connections) {
      const handle = (socket as Socket & { _handle?: Handle | null })._handle;
      if (!handle || !(handle.writeQueueSize > 0)) {
        if (before !== null) this.#connections.set(socket, null);
        continue;
      }
      const sent = handle.bytesWritten - handle.writeQueueSize;
      const rate = before ?? new TransferRate(this.#timeoutMs, this.#minRate, sent, now);
      if (before === null) this.#connections.set(socket, rate);
      const problem = rate.check(sent, now, true);
      if (problem !== null) this.#reset(socket, problem);
    }
    if (this.#connections.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #reset(socket: Socket, problem: "nothing" | "too little"): void {
    this.#connections.delete(socket);
    const reason =
      problem === "nothing"
        ? `the client took nothing for ${this.#timeoutMs / 1000} s`
        : `the client took less than ${this.#minRate} bytes a second`;
    const connection = connectionOf(socket);
    connection.resetReason = reason;
    this.#onReset(connection, reason);
    socket.resetAndDestroy();
  }
}
