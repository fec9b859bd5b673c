import type { IncomingMessage } from "node:http";

/** A body that is on its way in. */
interface Arriving {
  /** Bytes that its connection had brought when something came last, and when that was. */
  bytes: number;
  at: number;
  late: () => void;
  waits: () => boolean;
}

/** Finds bodies of which nothing has come for too long. One timer for all of them: there may be thousands. */
export class BodyWatch {
  readonly #timeout: number;
  readonly #arriving: Map<IncomingMessage, Arriving> = new Map();
  #timer: NodeJS.Timeout | null = null;

  /** @param timeout milliseconds between two pieces; 0 for no limit */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /**
   * @param late the client has sent nothing for so long; called once
   * @param waits whether anybody waits for it
   */
  watch(request: IncomingMessage, late: () => void, waits: () => boolean = () => true): void {
    if (this.#timeout === 0) return;
    // Most bodies have come with their head, and are whole once the parser returns.
    process.nextTick(() => {
      if (request.complete || request.destroyed) return;
      const { bytesRead: bytes } = request.socket;
      this.#arriving.set(request, { bytes, at: performance.now(), late, waits });
      request.once("close", () => this.#arriving.delete(request));
      this.#timer ??= setInterval(() => this.#look(), Math.min(1000, this.#timeout / 4)).unref();
    });
  }

  #look(): void {
    const now = performance.now();
    for (const [request, arriving] of this.#arriving) {
      const { bytesRead } = request.socket;
      if (request.complete) this.#arriving.delete(request);
      // What lies there unread is not the client's delay.
      else if (bytesRead !== arriving.bytes || request.readableLength > 0 || !arriving.waits()) {
        arriving.bytes = bytesRead;
        arriving.at = now;
      } else if (now - arriving.at >= this.#timeout) {
        this.#arriving.delete(request);
        arriving.late();
      }
    }
    if (this.#arriving.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
