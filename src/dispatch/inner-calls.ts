import { CallTask } from "./call-task.ts";
import { BODY_IN_FILE, CALL, CALL_CREDIT, CALL_GONE } from "../wire/frames.ts";
import { breach } from "../shared/message-shape.ts";
import type { WorkerLink } from "./link.ts";
import { checkSize } from "./payloads.ts";

/** What a worker may ask at once; more would not find room in the backlog of those it asks. */
const OPEN_MOST = 4096;
/** What a worker has asked of other workers, and has not been answered yet. */
export class InnerCalls {
  readonly #link: WorkerLink;
  readonly #onCall: (target: string, call: CallTask) => void;
  readonly #open: Map<number, CallTask> = new Map();

  constructor(link: WorkerLink, onCall: (target: string, call: CallTask) => void) {
    this.#link = link;
    this.#onCall = onCall;
  }

  /**
   * One of the frames from CALL on.
   *
   * @throws {QuintetError} QUINTET_PROTOCOL
   */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === CALL) return this.#begin(flags, id, buffer, start, end);
    // One that is not open has been answered meanwhile.
    const call = this.#open.get(id);
    if (type === CALL_CREDIT) {
      checkSize("CALL_CREDIT", end - start, 4);
      call?.take(buffer.readUInt32LE(start));
    } else if (type === CALL_GONE) {
      checkSize("CALL_GONE", end - start, 0);
      this.#open.delete(id);
      call?.leave();
    } else throw breach(`a frame of type ${type}`);
  }

  /** The worker is gone, and nobody wants the answers. */
  leave(): void {
    for (const call of this.#open.values()) call.leave();
    this.#open.clear();
  }

  #begin(flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (end - start < 12) throw breach(`CALL of ${end - start} bytes`);
    const outer = this.#link.find(buffer.readUInt32LE(start));
    const targetEnd = start + 12 + buffer.readUInt32LE(start + 4);
    const environEnd = targetEnd + buffer.readUInt32LE(start + 8);
    if (environEnd > end) throw breach("a CALL that is longer than its frame");
    if (this.#open.has(id)) throw breach(`CALL ${id} while that is open`);
    if (this.#open.size >= OPEN_MOST) throw breach(`more than ${OPEN_MOST} open calls`);
    this.#link.checkUnsent();
    const environ = buffer.toString("latin1", targetEnd, environEnd);
    checkEnviron(environ);
    const call = new CallTask(this.#link, id, outer, () => this.#open.delete(id));
    call.environ = environ;
    call.body = buffer.subarray(environEnd, end);
    call.bodyInFile = (flags & BODY_IN_FILE) !== 0;
    this.#open.set(id, call);
    this.#onCall(buffer.toString("utf8", start + 12, targetEnd), call);
  }
}

/** Each name has a value, and there is a method. */
function checkEnviron(text: string): void {
  const parts = text.split("\0");
  const method = parts.findIndex((part, index) => index % 2 === 0 && part === "REQUEST_METHOD");
  const isGood = parts.length % 2 === 1 && parts.at(-1) === "" && method >= 0;
  if (!isGood || parts[method + 1] === "") throw breach("CALL with an environ that is none");
}
