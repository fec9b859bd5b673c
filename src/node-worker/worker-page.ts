import { closeSync, openSync, readSync, writeSync } from "node:fs";
import {
  LEAVING,
  NODE_EXITS,
  NOTED,
  RECALL_FROM,
  RUNNING,
  WORD_BYTES,
} from "../wire/page-words.ts";

/** The worker's side of the page that it shares with the front. src/wire/page.ts describes the page. */
export class WorkerPage {
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(2 * WORD_BYTES);

  constructor(path: string) {
    this.#descriptor = openSync(path, "r+");
  }

  /**
   * Write the number of a request to the page before it runs, then read which requests the front has recalled. The front writes
   * the recalled range before it reads the number, so at least one side sees what the other wrote.
   *
   * @returns false if the request has been recalled and must not run
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

  /** Write whether a request still runs. It is only written when this worker is leaving, because nobody reads it before. */
  runs(anything: boolean): void {
    this.#words.writeBigUInt64LE(anything ? 1n : 0n, 0);
    writeSync(this.#descriptor, this.#words, 0, WORD_BYTES, RUNNING * WORD_BYTES);
  }

  /** Write that no request runs any more and the process is about to end. */
  leaves(): void {
    this.#words.writeBigUInt64LE(BigInt(NODE_EXITS), 0);
    writeSync(this.#descriptor, this.#words, 0, WORD_BYTES, LEAVING * WORD_BYTES);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
