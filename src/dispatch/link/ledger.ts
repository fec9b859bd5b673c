import { breach } from "../../shared/message-shape.ts";

/**
 * What the ledger knows about a request that its worker has:
 *
 *                  ┌───────────────────────▶ answered
 *     sent ──▶ begun
 *      │ │       ↑
 *      │ └▶ contested ─────────────────────▶ handed back, runs elsewhere
 *      └──▶ recalled, runs elsewhere ──────▶ handed back
 *
 * - `sent`: the worker has the request. If it has noted the number, it has begun the request, or is just about to.
 * - `contested`: the front recalled numbers while the worker was beginning this one. The worker either runs it or hands it back.
 * - `begun`: the worker has sent something about the request, so it runs it, and no other worker may.
 *
 * A recalled request no longer belongs to the worker. Only its number stays in the ledger until the worker hands it back.
 */
export type LedgerState = "sent" | "contested" | "begun";

/** What the ledger needs to know about a request. */
export interface LedgerEntry {
  /** Its number at the worker. */
  id: number;
  ledgerState: LedgerState;
  /** Whether another worker may run it if this one does not. */
  readonly isRecallable: boolean;
}

/** The first and the last recalled number. */
export interface RecallRange {
  first: number;
  last: number;
}

/**
 * Tracks the requests of one worker: sent, begun, recalled and handed back. Pure bookkeeping: WorkerLink sends and receives
 * the frames, and reads and writes the shared page.
 *
 * It guarantees that no request runs twice and none is lost. This rests on the order in which both sides use the page:
 *
 * 1. The worker notes a number before it begins the request, then looks whether the number is in the recalled range. 2. The
 * front writes the range, then reads the note. A number above the note has certainly not begun.
 *
 * A new range overwrites the one before it. So nothing is recalled until every recalled number has been handed back, and
 * ranges never overlap.
 */
export class Ledger<Entry extends LedgerEntry> {
  /**
   * The requests that the worker has, by ascending number. An array, because there are few, and because a Map that is filled
   * and emptied this often keeps finished requests alive, in a chain of old tables, until a full collection.
   */
  readonly outstanding: Entry[] = [];
  /** Numbers that are recalled but not handed back yet. */
  readonly #recalled: Set<number> = new Set();
  #lastId = 0;
  /** The note that was read last. The worker may have noted higher numbers since. */
  #noted = 0;

  /** The number of the request that was sent last; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Whether the worker still has to hand numbers back. Send it nothing until then. */
  get isRecalling(): boolean {
    return this.#recalled.size > 0;
  }

  /** Whether the worker has requests, or has to hand some back. */
  get isBusy(): boolean {
    return this.outstanding.length > 0 || this.#recalled.size > 0;
  }

  /**
   * Records that a request is being sent to the worker.
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

  /** Records that the worker has sent something about this request. */
  hear(entry: Entry): void {
    entry.ledgerState = "begun";
  }

  /** Records what the note on the page says. */
  note(noted: number): void {
    if (noted > this.#noted) this.#noted = noted;
  }

  /** Whether the worker has begun this request, according to the note that was read last. */
  hasBegun(entry: Entry): boolean {
    return entry.id <= this.#noted || entry.ledgerState === "begun";
  }

  /**
   * The numbers to recall: all that may not have been begun. Write them to the page, read the note again and call `recall`.
   *
   * @param noted the note, read just now
   * @returns null if there is nothing to recall, or if the worker still has to hand numbers back
   */
  recallRange(noted: number): RecallRange | null {
    const { outstanding } = this;
    if (this.isRecalling || outstanding.length === 0) return null;
    if (outstanding.some(({ isRecallable }) => !isRecallable)) return null;
    this.note(noted);
    // Requests up to the note already run. The worker may or may not see the range for those that it notes from now on.
    const first = Math.max((outstanding[0] as Entry).id, this.#noted + 1);
    return first > this.#lastId ? null : { first, last: this.#lastId };
  }

  /**
   * Records that the range has been written to the page.
   *
   * @param range what `recallRange` returned
   * @param noted the note, read after the range was written
   * @returns the requests that have certainly not begun, oldest first; they may run elsewhere
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
      // This includes the number just below the range: a worker that reads the range while it is being written may see the old
      // first number with the new last one.
      if (entry.ledgerState === "sent" && entry.id >= first - 1) entry.ledgerState = "contested";
      this.outstanding.push(entry);
    }
    return back;
  }

  /**
   * Records that the worker has not run this number, and will not.
   *
   * @returns the request if it was contested, so that it can run elsewhere; null if it was recalled
   * @throws {QuintetError} QUINTET_PROTOCOL if the number was not recalled, because the request may have run and must not run
   *   again
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

  /** Records that the worker has answered this request. */
  answer(entry: Entry): void {
    this.#remove(entry);
  }

  /**
   * Records that the worker is dead. Call it once everything that the worker sent has been read.
   *
   * @param noted the last note of the worker
   * @returns `unbegun` may run elsewhere; `begun` may have run partly, so they must not run again
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
