import type { ServerResponse } from "node:http";
import type { Spool } from "./spool.ts";
import { SpoolQueue } from "./spool-queue.ts";

/** The memory that the response may hold beyond its own buffer, and the cost of a piece there in addition to its bytes. */
const MAX_HELD_BYTES = 128 * 1024;
const PIECE_OVERHEAD_BYTES = 1024;

/** What the producer of a body is notified of. */
export interface SpooledWriterEvents {
  /** These bytes no longer count against the producer: the client has read them, or they are held here. */
  accepted(bytes: number): void;
  /** The producer has to wait for the client from now on, or no longer has to. */
  stalled(isStalled: boolean): void;
  /**
   * A temporary file failed.
   *
   * @param isLost whether part of the body is lost; otherwise the producer has to wait for the client
   */
  failed(error: unknown, isLost: boolean): void;
}

/**
 * Writes the rest of a body to a client that is slower than the worker. What the client has not read waits in a queue, in
 * memory and then in a temporary file, so that the worker is free. If there is no more room, the producer waits.
 *
 * A pump empties the queue: to the response while it accepts more, otherwise to the file.
 */
export class SpooledWriter {
  readonly #response: Pick<ServerResponse, "write" | "once" | "writableEnded">;
  readonly #queue: SpoolQueue;
  readonly #events: SpooledWriterEvents;
  /** The most that the response may hold before the queue is used; 0 if the producer always waits for the client. */
  readonly #maxHeld: number;
  /** An upper bound for what the response holds, since it last emitted `drain`. */
  #held = 0;
  /** The response has emitted `drain`, and accepts more. */
  #isDrained = false;
  /** Bytes that have not been accepted, and how many of them the next `drain` will accept. */
  #pending = 0;
  #pendingUntilDrain = 0;
  #isPumping = false;
  /** Counts the events that may give the pump something to do. */
  #wakeUps = 0;
  #isClosed = false;
  #onEmpty: (() => void) | null = null;

  /**
   * @param response has just returned false from `write`
   * @param written the size of the piece that was written then
   * @param spool null to make the producer wait for the client
   */
  constructor(
    response: Pick<ServerResponse, "write" | "once" | "writableEnded">,
    written: number,
    spool: Spool | null,
    events: SpooledWriterEvents,
  ) {
    this.#response = response;
    this.#queue = new SpoolQueue(spool);
    this.#events = events;
    this.#maxHeld = spool !== null && spool.limits.response > 0 ? MAX_HELD_BYTES : 0;
    this.#awaitDrain();
    this.#sent(written);
  }

  write(data: Buffer): void {
    const hasRoom = this.#held + data.length + PIECE_OVERHEAD_BYTES <= this.#maxHeld;
    if ((this.#isDrained || hasRoom) && !this.#isBehind) {
      this.#send(data);
      this.#sent(data.length);
      return;
    }
    this.#queue.push(data);
    this.#addPending(data.length);
    void this.#pump();
  }

  /** Calls back once everything has been written to the response. */
  end(onEmpty: () => void): void {
    this.#onEmpty = onEmpty;
    if (!this.#isBehind) this.#finish();
  }

  /** Drops what has not been written. No callback is called after this. */
  close(): void {
    this.#isClosed = true;
    if (!this.#isPumping) this.#queue.clear();
  }

  /** Whether something must be written before the next piece. */
  get #isBehind(): boolean {
    return this.#isPumping || !this.#queue.isEmpty;
  }

  /** Moves the queue as far as it can: one operation at a time, so that the order is kept. */
  async #pump(): Promise<void> {
    this.#wakeUps += 1;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#isClosed) {
        const wakeUps = this.#wakeUps;
        const hasMoved = this.#isDrained ? await this.#sendNext() : await this.#spill();
        // During the operation the response may have drained, or the producer may have written more.
        if (!hasMoved && wakeUps === this.#wakeUps) break;
      }
    } catch (error) {
      this.close();
      this.#events.failed(error, true);
    }
    this.#isPumping = false;
    if (this.#isClosed) this.#queue.clear();
    else if (!this.#isBehind) this.#finish();
  }

  /** @returns false if the queue is empty */
  async #sendNext(): Promise<boolean> {
    if (this.#queue.hasSpilled) {
      const block = await this.#queue.readSpilled();
      if (!this.#isClosed) this.#send(block);
      return true;
    }
    const piece = this.#queue.shift();
    if (piece === undefined) return false;
    this.#send(piece);
    // If this piece fills the response and nothing may be held, it is accepted only when the client has read it.
    if (this.#isDrained || this.#maxHeld > 0) this.#accept(piece.length);
    else this.#pendingUntilDrain += piece.length;
    return true;
  }

  /** @returns false if nothing has moved */
  async #spill(): Promise<boolean> {
    try {
      const bytes = await this.#queue.spill();
      this.#accept(bytes);
      return bytes > 0;
    } catch (error) {
      this.#events.failed(error, false);
      return false;
    }
  }

  #send(data: Buffer): void {
    // A framework in front may have ended the response. The producer finds that out at its own end.
    if (this.#response.writableEnded) return;
    this.#held += data.length + PIECE_OVERHEAD_BYTES;
    if (!this.#response.write(data) && this.#isDrained) this.#awaitDrain();
  }

  #awaitDrain(): void {
    this.#isDrained = false;
    this.#response.once("drain", () => {
      this.#isDrained = true;
      this.#held = 0;
      this.#accept(this.#pendingUntilDrain);
      this.#pendingUntilDrain = 0;
      void this.#pump();
    });
  }

  /** A piece was sent without the queue. */
  #sent(bytes: number): void {
    if (this.#isDrained || this.#maxHeld > 0) return this.#events.accepted(bytes);
    this.#addPending(bytes);
    this.#pendingUntilDrain += bytes;
  }

  #addPending(bytes: number): void {
    if (this.#pending === 0) this.#events.stalled(true);
    this.#pending += bytes;
  }

  #accept(bytes: number): void {
    if (bytes === 0) return;
    this.#pending -= bytes;
    if (this.#isClosed) return;
    if (this.#pending === 0) this.#events.stalled(false);
    this.#events.accepted(bytes);
  }

  #finish(): void {
    const onEmpty = this.#onEmpty;
    this.#onEmpty = null;
    if (!this.#isClosed) onEmpty?.();
  }
}
