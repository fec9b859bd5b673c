import { breach } from "../../shared/message-shape.ts";

/**
 * What the ledger knows of a request that its worker has:
 *
 *                  ┌───────────────────────▶ answered
 *     sent ──▶ begun
 *      │ │       ↑
 *      │ └▶ contested ─────────────────────▶ handed back, runs elsewhere
 *      └──▶ recalled, runs elsewhere ──────▶ handed back
 *
 * - `sent`: the worker has it. If the worker has noted its number, it has begun it, or is just about to.
 * - `contested`: the front recalled numbers while the worker was beginning this one. The worker either runs it or hands it back.
 * - `begun`: the worker has said something of it, so it runs it and no other worker may.
 *
 * A recalled request belongs to the worker no longer. Only its number stays in the ledger, until the worker hands it back.
 */
export type LedgerState = "sent" | "contested" | "begun";

/** A request, as far as the ledger is concerned. */
export interface LedgerEntry {
  /** Its number at the worker. */
  id: number;
  ledgerState: LedgerState;
  /** Whether another worker may run it if this one does not. */
  readonly isRecallable: boolean;
}

/** Numbers that are recalled, both included. */
export interface RecallRange {
  first: number;
  last: number;
}

/**
 * The requests of one worker: which it has, which it has begun, which are recalled and which it has handed back. Pure
 * bookkeeping: WorkerLink carries the frames, and reads and writes the shared page.
 *
 * It guarantees that no request runs twice and none is lost. This rests on the order in which both sides use the page:
 *
 * 1. The worker notes a number before it begins the request, then looks whether the number is in the recalled range.
 * 2. The front writes the range, then reads the note. A number above the note is surely not begun.
 *
 * A new range overwrites the one before it. So nothing is recalled until every recalled number has been handed back, and
 * ranges never overlap.
 */
export class Ledger<Entry extends LedgerEntry> {
  /**
   * What the worker has, in the order of the numbers. An array, because there are few: a Map that is filled and emptied this often leaves
   * a chain of old tables behind, which keeps finished requests alive until a full collection.
   */
  readonly outstanding: Entry[] = [];
  /** Numbers that are recalled and not handed back. */
  readonly #recalled: Set<number> = new Set();
  #lastId = 0;
  /** The worker has noted this number, and perhaps higher ones since. */
  #noted = 0;

  /** The number of the request that was sent last; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Whether the worker still has to hand numbers back. It must be sent nothing until then. */
  get isRecalling(): boolean {
    return this.#recalled.size > 0;
  }

  /** Whether the worker has requests, or has to hand some back. */
  get isBusy(): boolean {
    return this.outstanding.length > 0 || this.#recalled.size > 0;
  }

  /**
   * The request is sent to the worker.
   *
   * @returns its number
   */
  send(entry: Entry): number {
    const id = ++this.#lastId;
    entry.id = id;
    entry.ledgerState = "sent";
    this.outstanding.push(entry);
    return id;
  }

  /** The request with this number, if the worker has it. */
  find(id: number): Entry | undefined {
    for (const entry of this.outstanding) if (entry.id === id) return entry;
    return undefined;
  }

  /** The worker has said something of this request. */
  hear(entry: Entry): void {
    entry.ledgerState = "begun";
  }

  /** The note on the page has been read. */
  note(noted: number): void {
    if (noted > this.#noted) this.#noted = noted;
  }

  /** Whether the worker has begun this request, by the note that was read last. */
  hasBegun(entry: Entry): boolean {
    return entry.id <= this.#noted || entry.ledgerState === "begun";
  }

  /**
   * The numbers to recall: all that may not have been begun. Write them to the page, read the note again and call `recall`.
   *
   * @param noted the note, read just now
   * @returns null if there is nothing to recall, or if numbers are still out
   */
  recallRange(noted: number): RecallRange | null {
    const { outstanding } = this;
    if (this.isRecalling || outstanding.length === 0) return null;
    if (outstanding.some(({ isRecallable }) => !isRecallable)) return null;
    this.note(noted);
    // What is noted already runs. Only what is noted from now on may or may not see the range.
    const first = Math.max((outstanding[0] as Entry).id, this.#noted + 1);
    return first > this.#lastId ? null : { first, last: this.#lastId };
  }

  /**
   * The range is on the page.
   *
   * @param range what `recallRange` returned
   * @param noted the note, read after the range was written
   * @returns the requests that are surely not begun, oldest first; they may run elsewhere
   */
  recall({ first }: RecallRange, noted: number): Entry[] {
    this.note(noted);
    const back: Entry[] = [];
    for (const entry of this.outstanding.splice(0)) {
      if (!this.hasBegun(entry)) {
        this.#recalled.add(entry.id);
        back.push(entry);
        continue;
      }
      // Also the number just below the range: a worker that looks while the range is written may see the old range's first number
      // and the new range's last.
      if (entry.ledgerState === "sent" && entry.id >= first - 1) entry.ledgerState = "contested";
      this.outstanding.push(entry);
    }
    return back;
  }

  /**
   * The worker has not run this number, and will not.
   *
   * @returns the request if it was contested, which may run elsewhere now; null if it was recalled
   * @throws {QuintetError} QUINTET_PROTOCOL if the number was not recalled: what may have run must not run again
   */
  handBack(id: number): Entry | null {
    if (this.#recalled.delete(id)) return null;
    const entry = this.find(id);
    if (entry?.ledgerState !== "contested") {
      throw breach(`it hands back request ${id}, which was not recalled`);
    }
    this.#remove(entry);
    return entry;
  }

  /** The worker has answered this request and runs it no more. */
  answer(entry: Entry): void {
    this.#remove(entry);
  }

  /**
   * The worker is dead and everything it sent has been read.
   *
   * @param noted the note it left
   * @returns `unbegun` may run elsewhere; `begun` may have run in part, and must not run again
   */
  lose(noted: number): { unbegun: Entry[]; begun: Entry[] } {
    this.note(noted);
    this.#recalled.clear();
    const all = this.outstanding.splice(0);
    const isUnbegun = (entry: Entry): boolean => entry.isRecallable && !this.hasBegun(entry);
    return {
      unbegun: all.filter(isUnbegun),
      begun: all.filter((entry) => !isUnbegun(entry)),
    };
  }

  #remove(entry: Entry): void {
    const { outstanding } = this;
    if (outstanding[0] === entry) outstanding.shift();
    else outstanding.splice(outstanding.indexOf(entry), 1);
  }
}
