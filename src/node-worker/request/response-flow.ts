import { FRAME_COST } from "../../wire/frames.ts";

/** How many bytes of one response may be in flight: sent by the worker and not yet taken by the client. */
const MAX_IN_FLIGHT_BYTES = 128 * 1024;

/** Flow control of one response that is longer than a frame. */
export class ResponseFlow {
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
