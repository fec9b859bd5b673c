import { breach } from "../../shared/message-shape.ts";
import { BODY_IN_FILE, CALL, CALL_CREDIT, CALL_GONE } from "../../wire/frames.ts";
import type { Task } from "../task.ts";
import { type Caller, InnerCallTask } from "./inner-call-task.ts";
import { checkSize } from "./payloads.ts";

/** How many calls a worker may have open at once. More would not fit in the backlog of the workers that it calls. */
const MAX_OPEN_CALLS = 4096;

/** What the calls need of the worker that makes them. */
interface CallingLink extends Caller {
  find(id: number): Task | undefined;
  /** @throws {QuintetError} QUINTET_PROTOCOL if the worker does not read what it has asked for */
  checkUnread(): void;
}

/** Is notified of each call. */
interface CallListener {
  innerCall(target: string, call: InnerCallTask): void;
}

/** The inner calls of one worker that have not been answered yet. */
export class InnerCalls {
  readonly #link: CallingLink;
  readonly #listener: CallListener;
  readonly #open: Map<number, InnerCallTask> = new Map();

  constructor(link: CallingLink, listener: CallListener) {
    this.#link = link;
    this.#listener = listener;
  }

  /**
   * Handles a frame of type CALL or above.
   *
   * @throws {QuintetError} QUINTET_PROTOCOL
   */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === CALL) return this.#begin(flags, id, buffer, start, end);
    // If the call is not open, it has been answered meanwhile.
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

  /** The worker has ended, so nobody wants the responses. */
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
    if (this.#open.size >= MAX_OPEN_CALLS) throw breach(`more than ${MAX_OPEN_CALLS} open calls`);
    this.#link.checkUnread();
    const environ = buffer.toString("latin1", targetEnd, environEnd);
    checkEnviron(environ);
    const call = new InnerCallTask(this.#link, id, outer, () => this.#open.delete(id));
    call.environ = environ;
    call.body = buffer.subarray(environEnd, end);
    call.bodyInFile = (flags & BODY_IN_FILE) !== 0;
    this.#open.set(id, call);
    this.#listener.innerCall(buffer.toString("utf8", start + 12, targetEnd), call);
  }
}

/** Each name must have a value, and there must be a method. */
function checkEnviron(text: string): void {
  const parts = text.split("\0");
  const method = parts.findIndex((part, index) => index % 2 === 0 && part === "REQUEST_METHOD");
  const isComplete = parts.length % 2 === 1 && parts.at(-1) === "" && method >= 0;
  if (!isComplete || parts[method + 1] === "") throw breach("CALL with a malformed environ");
}
