import { FRAME_COST_BYTES, WINDOW_BYTES } from "../../wire/frames.ts";

/** Flow control of one response that is longer than a frame. */
export class ResponseFlow {
  inFlight = 0;
  /** The client has left, or the request has timed out. */
  gone = false;
  #wake: (() => void) | null = null;

  /** @returns undefined if a frame of `size` bytes may be sent now, or a promise that resolves when it may */
  reserve(size: number): Promise<void> | undefined {
    this.count(size);
    if (this.inFlight <= WINDOW_BYTES || this.gone) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Count a frame of `size` bytes that is sent without waiting. */
  count(size: number): undefined {
    this.inFlight += size + FRAME_COST_BYTES;
  }

  credit(bytes: number): void {
    this.inFlight -= bytes;
    if (this.inFlight <= WINDOW_BYTES) this.#resume();
  }

  leave(): void {
    this.gone = true;
    this.#resume();
  }

  #resume(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
