import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { LEAVING, NODE_ENDS, RUNNING } from "../wire/page.ts";

/** The worker's side of the page that it shares with the front: see src/wire/page.ts. */
export class WorkerPage {
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(16);

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
    writeSync(this.#descriptor, words, 0, 8, 0);
    readSync(this.#descriptor, words, 0, 16, 8);
    const from = words.readBigUInt64LE(0);
    const to = words.readBigUInt64LE(8);
    return !(from <= id && id <= to);
  }

  /** Say whether something of a request still runs. Only when this worker leaves: nobody wants to know before. */
  runs(something: boolean): void {
    this.#words.writeBigUInt64LE(something ? 1n : 0n, 0);
    writeSync(this.#descriptor, this.#words, 0, 8, RUNNING);
  }

  /** Nothing runs any more, and the process is about to end. */
  leaves(): void {
    this.#words.writeBigUInt64LE(NODE_ENDS, 0);
    writeSync(this.#descriptor, this.#words, 0, 8, LEAVING);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
