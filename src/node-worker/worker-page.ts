import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { LEAVING, NODE_ENDS, RUNNING } from "../wire/page.ts";

/** The worker's side of the page that it shares with the front. src/wire/page.ts describes the page. */
export class WorkerPage {
  readonly #descriptor: number;
  readonly #words: Buffer = Buffer.alloc(16);

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
    writeSync(this.#descriptor, words, 0, 8, 0);
    readSync(this.#descriptor, words, 0, 16, 8);
    const from = words.readBigUInt64LE(0);
    const to = words.readBigUInt64LE(8);
    return !(from <= id && id <= to);
  }

  /** Write whether a request still runs. Nobody reads it before this worker leaves, so it is written only then. */
  runs(anything: boolean): void {
    this.#words.writeBigUInt64LE(anything ? 1n : 0n, 0);
    writeSync(this.#descriptor, this.#words, 0, 8, RUNNING);
  }

  /** Write that nothing runs any more and the process is about to end. */
  leaves(): void {
    this.#words.writeBigUInt64LE(NODE_ENDS, 0);
    writeSync(this.#descriptor, this.#words, 0, 8, LEAVING);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
