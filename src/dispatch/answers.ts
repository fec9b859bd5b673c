import type { Dispatcher } from "./dispatcher.ts";
import type { Task } from "./task.ts";
import { breach } from "../shared/shape.ts";
import { readFacts, readFailure, readRecord } from "../wire/message-readers.ts";
import { closeQuietly, FileSource, openNamed } from "./file-source.ts";
import * as frames from "../wire/frames.ts";
import { InnerCalls } from "./inner-calls.ts";
import type { LinkEvents, WorkerLink } from "./link.ts";
import {
  checkSize,
  type FileAnswer,
  hasNoBody,
  endOfHead,
  readFile,
  takeRoom,
} from "./payloads.ts";
import { readHead } from "../wire/response-head.ts";

/**
 * So much of a response may have come that its client has not taken. A worker keeps to 128 KB, but for what an application in
 * TypeScript gives to write(), which cannot wait.
 */
const MOST_UNTAKEN = 2 * frames.MAX_FRAME_BYTES;

/** What comes from a worker: each frame is checked, and brought to the request that it is about. */
export class Answers {
  readonly calls: InnerCalls;
  readonly #link: WorkerLink;
  readonly #dispatcher: Dispatcher;
  readonly #events: LinkEvents;

  constructor(link: WorkerLink, dispatcher: Dispatcher, events: LinkEvents) {
    this.calls = new InnerCalls(link, events.call);
    this.#link = link;
    this.#dispatcher = dispatcher;
    this.#events = events;
  }

  /**
   * One frame.
   *
   * @throws {QuintetError} QUINTET_PROTOCOL for what no worker says, or not now
   */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type < frames.ANSWER) return this.#boot(type, buffer.toString("utf8", start, end));
    if (type >= frames.CALL) return this.calls.frame(type, flags, id, buffer, start, end);
    const task = this.#link.find(id);
    if (type === frames.LOG) {
      const { level, text } = readRecord(buffer.toString("utf8", start, end));
      if (task !== undefined) task.told = true;
      return this.#events.log(level, text, task);
    }
    if (type === frames.HANDBACK) {
      checkSize("HANDBACK", end - start, 0);
      return this.#link.handedBack(id, task);
    }
    if (type === frames.BODY_WANTED) {
      checkSize("BODY_WANTED", end - start, 4);
      return this.#bodyWanted(task, buffer.readUInt32LE(start));
    }
    if (task === undefined)
      throw breach(`a frame of type ${type} about request ${id}, which it does not have`);
    task.told = true;
    if (task.filing) {
      // The application was interrupted while it waited to hear what has become of the file: then this counts.
      if (type !== frames.ANSWER && type !== frames.START) {
        throw breach(`a frame of type ${type} about a request that it has answered with a file`);
      }
      task.filing = false;
    }
    this.#response(task, type, flags, buffer, start, end);
  }

  /** READY, or why not. */
  #boot(type: number, text: string): void {
    const link = this.#link;
    if (type !== frames.READY && type !== frames.FAILED) throw breach(`a frame of type ${type}`);
    if (link.spoken) throw breach("READY or FAILED a second time");
    link.spoken = true;
    if (type === frames.FAILED) return this.#events.failed(readFailure(text));
    const facts = readFacts(text);
    if (link.state === "booting") link.state = "ready";
    this.#events.ready(facts);
  }

  /** After its answer the application may still ask; then nobody gives it anything. */
  #bodyWanted(task: Task | undefined, bytes: number): void {
    if (task === undefined) return;
    task.told = true;
    if (bytes === 0) throw breach("BODY_WANTED of no bytes");
    if (task.upload === null) throw breach("BODY_WANTED for a request whose body it has");
    task.upload.want(bytes, this.#link);
  }

  #response(
    task: Task,
    type: number,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    if (type === frames.ANSWER) {
      if (task.started) throw breach("ANSWER after START");
      const headEnd = endOfHead(buffer, start, start + 8, end);
      const head = readHead(buffer.toString("latin1", start + 8, headEnd));
      const size = end - headEnd;
      if (size > 0 && (head.code === 204 || head.code === 304)) {
        throw breach(`ANSWER of ${head.code} with ${size} bytes`);
      }
      if (head.length !== null && head.length !== size && !(size === 0 && hasNoBody(task, head))) {
        throw breach(`ANSWER with ${size} bytes and a Content-Length of ${head.length}`);
      }
      const micros = buffer.readUInt32LE(start);
      this.#link.finished(task, micros);
      if (!task.abandoned) task.onAnswer(head, flags, buffer, headEnd, end, micros);
      task.release();
      this.#dispatcher.freed(this.#link);
    } else if (type === frames.START) {
      if (task.started) throw breach("START after START");
      const headEnd = endOfHead(buffer, start, start + 8, end);
      const head = readHead(buffer.toString("latin1", start + 8, headEnd));
      const data = buffer.subarray(headEnd, end);
      task.room = hasNoBody(task, head) ? 0 : (head.length ?? Infinity);
      takeRoom(task, data.length);
      task.started = true;
      task.clock = performance.now();
      if (task.abandoned) return this.#link.gone(task);
      task.untakenBytes = data.length;
      task.untakenFrames = 0;
      task.onStart(head, flags, data);
    } else if (type === frames.DATA) {
      const size = end - start;
      if (!task.started) throw breach("DATA before START");
      takeRoom(task, size);
      task.clock = performance.now();
      if (task.abandoned) return;
      task.untakenBytes += size;
      task.untakenFrames += 1;
      const untaken = task.untakenBytes + task.untakenFrames * frames.FRAME_COST_BYTES;
      if (untaken > MOST_UNTAKEN) throw breach("DATA for which it has no credit");
      task.onData(buffer.subarray(start, end));
    } else if (type === frames.END || type === frames.ABORT) {
      const isWhole = type === frames.END;
      const name = isWhole ? "END" : "ABORT";
      checkSize(name, end - start, 4);
      if (!task.started) throw breach(`${name} before START`);
      // Of what nobody waits for any more a worker may leave out the rest.
      if (isWhole && !task.abandoned && task.room > 0 && task.room < Infinity) {
        throw breach(`END, and ${task.room} bytes of its Content-Length are missing`);
      }
      const micros = buffer.readUInt32LE(start);
      this.#link.finished(task, micros);
      if (!task.abandoned) {
        if (isWhole) task.onEnd(micros);
        else task.onAbort("QUINTET_BAD_ANSWER", "the application ended its response early");
      }
      task.release();
      this.#dispatcher.freed(this.#link);
    } else if (type === frames.FILE) {
      if (task.started) throw breach("FILE after START");
      const answer = readFile(buffer, start, end);
      task.filing = true;
      void this.#file(task, flags, answer);
    } else throw breach(`a frame of type ${type}`);
  }

  /** The rest of the response is in a file: once that is open here, the worker is free. */
  async #file(task: Task, flags: number, { micros, head, file }: FileAnswer): Promise<void> {
    let handle = null;
    try {
      if (!task.abandoned) handle = await openNamed(file);
    } catch (error) {
      if (!this.#stillWants(task)) return;
      this.#events.unopened(error, task);
      return this.#link.reply((out) => out.plain(frames.FILE_REFUSED, task.id));
    }
    if (!this.#stillWants(task)) return handle ? closeQuietly(handle) : undefined;
    this.#link.reply((out) => out.plain(frames.FILE_TAKEN, task.id));
    this.#link.finished(task, micros);
    if (handle && task.abandoned) closeQuietly(handle);
    else if (handle) new FileSource(task, handle, file, micros).start(head, flags);
    task.release();
    this.#dispatcher.freed(this.#link);
  }

  /** The worker may have died meanwhile, or have answered otherwise. */
  #stillWants(task: Task): boolean {
    const wants = task.filing && task.link === this.#link && !this.#link.broken;
    task.filing = false;
    return wants;
  }
}
