import type { IncomingMessage } from "node:http";
import { checkIntervalMs, TransferRate } from "../connection/transfer-rate.ts";

/** A body that is arriving. */
interface Arriving {
  rate: TransferRate;
  onSlow: (reason: string) => void;
  isAwaited: () => boolean;
}

/** Finds request bodies that arrive too slowly. One timer serves all of them, because there may be thousands. */
export class SlowUploads {
  readonly #timeoutMs: number;
  readonly #minRate: number;
  readonly #arriving: Map<IncomingMessage, Arriving> = new Map();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param timeoutMs how long a client may pause within a body; 0 for no limit
   * @param minRate bytes per second; 0 for no limit
   */
  constructor(timeoutMs: number, minRate: number) {
    this.#timeoutMs = timeoutMs;
    this.#minRate = minRate;
  }

  /**
   * Tracks the body of a request until it is complete.
   *
   * @param onSlow called once if the body is too slow
   * @param isAwaited returns whether the application waits for the body at the moment
   */
  track(
    request: IncomingMessage,
    onSlow: (reason: string) => void,
    isAwaited: () => boolean = () => true,
  ): void {
    if (this.#timeoutMs === 0 && this.#minRate === 0) return;
    // Most bodies arrive together with their head, and are complete once the parser returns.
    process.nextTick(() => {
      if (request.complete || request.destroyed) return;
      const rate = new TransferRate(this.#timeoutMs, this.#minRate, request.socket.bytesRead);
      this.#arriving.set(request, { rate, onSlow, isAwaited });
      request.once("close", () => this.#arriving.delete(request));
      this.#timer ??= setInterval(() => this.#check(), checkIntervalMs(this.#timeoutMs)).unref();
    });
  }

  #check(): void {
    const now = performance.now();
    for (const [request, { rate, onSlow, isAwaited }] of this.#arriving) {
      if (request.complete) {
        this.#arriving.delete(request);
        continue;
      }
      // While the application has not read the data that is here, the client is not to blame.
      const isDue = request.readableLength === 0 && isAwaited();
      const problem = rate.check(request.socket.bytesRead, now, isDue);
      if (problem === null) continue;
      this.#arriving.delete(request);
      onSlow(
        problem === "nothing"
          ? `no data of the body for ${this.#timeoutMs / 1000} s`
          : `the body arrived at less than ${this.#minRate} bytes a second`,
      );
    }
    if (this.#arriving.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
