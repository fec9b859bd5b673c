import { CallTask } from "../dispatch/call-task.ts";
import { BODY_IN_FILE, CALL, CALL_CREDIT, CALL_GONE } from "./frames.ts";
import type { WorkerLink } from "./link.ts";

/** What a worker has asked of other workers, and has not been answered yet. */
export class InnerCalls {
  readonly #link: WorkerLink;
  readonly #onCall: (target: string, call: CallTask) => void;
  readonly #open: Map<number, CallTask> = new Map();

  constructor(link: WorkerLink, onCall: (target: string, call: CallTask) => void) {
    this.#link = link;
    this.#onCall = onCall;
  }

  /** One of the frames from CALL on. */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === CALL) return this.#begin(flags, id, buffer, start, end);
    const call = this.#open.get(id);
    if (type === CALL_CREDIT) call?.take(buffer.readUInt32LE(start));
    else if (type === CALL_GONE) {
      this.#open.delete(id);
      call?.leave();
    }
  }

  /** The worker is gone, and nobody wants the answers. */
  leave(): void {
    for (const call of this.#open.values()) call.leave();
    this.#open.clear();
  }

  #begin(flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    const outer = this.#link.find(buffer.readUInt32LE(start));
    const targetEnd = start + 12 + buffer.readUInt32LE(start + 4);
    const environEnd = targetEnd + buffer.readUInt32LE(start + 8);
    const call = new CallTask(this.#link, id, outer, () => this.#open.delete(id));
    call.environ = buffer.toString("latin1", targetEnd, environEnd);
    call.body = buffer.subarray(environEnd, end);
    call.bodyInFile = (flags & BODY_IN_FILE) !== 0;
    this.#open.set(id, call);
    this.#onCall(buffer.toString("latin1", start + 12, targetEnd), call);
  }
}
