import type { ServerResponse } from "node:http";
import type { Spool } from "./spool.ts";
import { openSpoolFile, type SpoolFile } from "./spool-file.ts";

/** What a client has not taken is kept in memory up to so many bytes, each piece counted with what it costs to hold. */
const MEMORY = 128 * 1024;
const PIECE_COST = 1024;
/** Bytes that are read of the file at a time. */
const BLOCK = 64 * 1024;

/** What whoever makes the response wants to know. */
export interface OutletEvents {
  /** So many bytes need not be held by their maker any more. */
  taken(bytes: number): void;
  /** The maker waits for the client, or does so no more. */
  stalled(stalled: boolean): void;
  /** What was put aside cannot be had again, or nothing can be put aside: the latter only costs time. */
  failed(error: unknown, lost: boolean): void;
}

/**
 * The body of a response to a client that does not keep up: what it does not take yet is held in memory, then in a
 * temporary file, so that the worker is free; where there is no more room its maker waits. In order, always.
 */
export class Outlet {
  readonly #response: ServerResponse;
  readonly #spool: Spool | null;
  readonly #events: OutletEvents;
  /** Bytes that are held in memory; none where the maker waits all the same. */
  readonly #memory: number;
  /** Pieces behind those in the file; their maker still counts them as on their way. */
  #waiting: Buffer[] = [];
  #untaken = 0;
  /** What of that is with the response and is taken once that is empty. */
  #owed = 0;
  #file: SpoolFile | null = null;
  /** What of the file is still to be sent. */
  #from = 0;
  #to = 0;
  /** What the response holds, at most, since it was full. */
  #held = 0;
  #hungry = false;
  #working = false;
  /** How often there was something new to do. */
  #wakes = 0;
  #unusable = false;
  #closed = false;
  #then: (() => void) | null = null;

  /**
   * For a response that has just been full.
   *
   * @param written how long the piece was that filled it
   * @param spool null where the maker is to wait for the client instead
   */
  constructor(
    response: ServerResponse,
    written: number,
    spool: Spool | null,
    events: OutletEvents,
  ) {
    this.#response = response;
    this.#spool = spool;
    this.#events = events;
    this.#memory = spool !== null && spool.limits.response > 0 ? MEMORY : 0;
    this.#full();
    this.#passed(written);
  }

  write(data: Buffer): void {
    const room = this.#hungry || this.#held + data.length + PIECE_COST <= this.#memory;
    if (room && !this.#behind) {
      this.#send(data);
      this.#passed(data.length);
      return;
    }
    this.#waiting.push(data);
    this.#keep(data.length);
    void this.#work();
  }

  /** A piece is with the response. Where its maker waits for the client it waits for this one, too. */
  #passed(bytes: number): void {
    if (this.#hungry || this.#memory > 0) return this.#events.taken(bytes);
    this.#keep(bytes);
    this.#owed += bytes;
  }

  #keep(bytes: number): void {
    if (this.#untaken === 0) this.#events.stalled(true);
    this.#untaken += bytes;
  }

  /** Do something once all that was written has been handed on. */
  end(then: () => void): void {
    this.#then = then;
    if (!this.#behind) this.#finish();
  }

  /** Nobody wants the rest. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    if (!this.#working) this.#empty();
  }

  get #behind(): boolean {
    return this.#working || this.#from < this.#to || this.#waiting.length > 0;
  }

  #send(data: Buffer): void {
    // Somebody else has ended it; its maker finds out when it is at its end.
    if (this.#response.writableEnded) return;
    this.#held += data.length + PIECE_COST;
    if (!this.#response.write(data) && this.#hungry) this.#full();
  }

  #full(): void {
    this.#hungry = false;
    this.#response.once("drain", () => {
      this.#hungry = true;
      this.#held = 0;
      this.#taken(this.#owed);
      this.#owed = 0;
      void this.#work();
    });
  }

  /** One thing at a time: to the client while it takes something, else into the file. */
  async #work(): Promise<void> {
    this.#wakes += 1;
    if (this.#working) return;
    this.#working = true;
    try {
      while (!this.#closed) {
        const before = this.#wakes;
        const moved = this.#hungry ? await this.#forward() : await this.#putAside();
        // While this waited the client may have taken something, or its maker written more.
        if (!moved && before === this.#wakes) break;
      }
    } catch (error) {
      this.close();
      this.#events.failed(error, true);
    }
    this.#working = false;
    if (this.#closed) this.#empty();
    else if (!this.#behind) this.#finish();
  }

  /** False when there is nothing. */
  async #forward(): Promise<boolean> {
    if (this.#file !== null && this.#from < this.#to) {
      const block = await this.#file.read(this.#from, Math.min(BLOCK, this.#to - this.#from));
      if (block.length === 0) throw new Error("a temporary file is shorter than what was written");
      if (this.#closed) return false;
      this.#from += block.length;
      this.#send(block);
      // What it took on the disk is free again.
      if (this.#from === this.#to) this.#empty();
      return true;
    }
    const data = this.#waiting.shift();
    if (data === undefined) return false;
    this.#send(data);
    if (this.#hungry || this.#memory > 0) this.#taken(data.length);
    else this.#owed += data.length;
    return true;
  }

  /** False when there is nothing, or no room. */
  async #putAside(): Promise<boolean> {
    const pieces = this.#waiting;
    if (pieces.length === 0 || this.#spool === null || this.#unusable) return false;
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    const { response: most, folder } = this.#spool.limits;
    if (this.#to + size > most || !this.#spool.holdResponse(size)) return false;
    const data = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size);
    this.#waiting = [];
    try {
      this.#file ??= await openSpoolFile(folder);
      await this.#file.write(data, this.#to);
    } catch (error) {
      this.#spool.releaseResponse(data.length);
      this.#unusable = true;
      this.#waiting.unshift(data);
      // A file that holds nothing has nobody who will close it.
      if (this.#from === this.#to) this.#empty();
      this.#events.failed(error, false);
      return false;
    }
    this.#to += data.length;
    this.#taken(data.length);
    return true;
  }

  #taken(bytes: number): void {
    if (bytes === 0) return;
    this.#untaken -= bytes;
    if (this.#closed) return;
    if (this.#untaken === 0) this.#events.stalled(false);
    this.#events.taken(bytes);
  }

  #empty(): void {
    this.#spool?.releaseResponse(this.#to);
    this.#from = 0;
    this.#to = 0;
    this.#file?.close();
    this.#file = null;
  }

  #finish(): void {
    const then = this.#then;
    this.#then = null;
    if (!this.#closed) then?.();
  }
}
