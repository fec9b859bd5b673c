import { closeSync, openSync, readSync, writeSync } from "node:fs";
import {
  LEAVING,
  NODE_EXITS,
  NOTED,
  RECALL_FROM,
  RUNNING,
  WORD_BYTES,
} from "../wire/page-words.ts";

/** The worker's side of the page that it shares with the front: see src/wire/page.ts. */
export class WorkerPage {
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(2 * WORD_BYTES);

  constructor(path: string) {
    this.#descriptor = openSync(path, "r+");
  }

  /**
   * Note a request before it is run, then say whether it may be: false if it has been taken back. The front writes the
   * range first and reads the note second, so one of the two always sees the other.
   */
  begin(id: number): boolean {
    const words = this.#words;
    words.writeUInt32LE(id, 0);
    words.writeUInt32LE(0, 4);
    writeSync(this.#descriptor, words, 0, WORD_BYTES, NOTED * WORD_BYTES);
    readSync(this.#descriptor, words, 0, 2 * WORD_BYTES, RECALL_FROM * WORD_BYTES);
    const from = words.readBigUInt64LE(0);
    const to = words.readBigUInt64LE(WORD_BYTES);
    return !(from <= id && id <= to);
  }

  /** Say whether something of a request still runs. Only when this worker leaves: nobody wants to know before. */
  runs(something: boolean): void {
    this.#words.writeBigUInt64LE(something ? 1n : 0n, 0);
    writeSync(this.#descriptor, this.#words, 0, WORD_BYTES, RUNNING * WORD_BYTES);
  }

  /** Nothing runs any more, and the process is about to end. */
  leaves(): void {
    this.#words.writeBigUInt64LE(BigInt(NODE_EXITS), 0);
    writeSync(this.#descriptor, this.#words, 0, WORD_BYTES, LEAVING * WORD_BYTES);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
