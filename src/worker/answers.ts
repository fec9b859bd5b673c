import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Task } from "../dispatch/task.ts";
import type { WorkerFacts, WorkerFailure } from "./facts.ts";
import { closeQuietly, FileSource, openNamed } from "./file-source.ts";
import * as frames from "./frames.ts";
import { InnerCalls } from "./inner-calls.ts";
import type { LinkEvents, WorkerLink } from "./link.ts";

/** What comes from a worker: each frame is brought to the request that it is about. */
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

  /** One frame. */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === frames.READY) {
      if (this.#link.state === "booting") this.#link.state = "ready";
      this.#events.ready(JSON.parse(buffer.toString("utf8", start, end)) as WorkerFacts);
      return;
    }
    if (type === frames.FAILED) {
      this.#events.failed(JSON.parse(buffer.toString("utf8", start, end)) as WorkerFailure);
      return;
    }
    if (type >= frames.CALL) return this.calls.frame(type, flags, id, buffer, start, end);
    const task = this.#link.find(id);
    if (type === frames.LOG) {
      const record = JSON.parse(buffer.toString("utf8", start, end)) as {
        level: string;
        text: string;
      };
      this.#events.log(record.level, record.text, task);
    } else if (type === frames.HANDBACK) {
      this.#link.handedBack(id, task);
    } else if (type === frames.BODY_WANTED) {
      task?.upload?.want(buffer.readUInt32LE(start), this.#link);
    } else if (task !== undefined) {
      this.#response(task, type, flags, buffer, start, end);
    }
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
      const micros = buffer.readUInt32LE(start);
      const headEnd = start + 8 + buffer.readUInt32LE(start + 4);
      this.#link.finished(task, micros);
      if (!task.abandoned) {
        const head = buffer.toString("latin1", start + 8, headEnd);
        task.onAnswer(head, flags, buffer, headEnd, end, micros);
      }
      task.release();
      this.#dispatcher.freed(this.#link);
    } else if (type === frames.START) {
      task.started = true;
      task.clock = performance.now();
      if (task.abandoned) return this.#link.gone(task);
      const headEnd = start + 8 + buffer.readUInt32LE(start + 4);
      task.untakenBytes = end - headEnd;
      task.untakenFrames = 0;
      task.onStart(
        buffer.toString("latin1", start + 8, headEnd),
        flags,
        buffer.subarray(headEnd, end),
      );
    } else if (type === frames.DATA) {
      task.clock = performance.now();
      if (task.abandoned) return;
      task.untakenBytes += end - start;
      task.untakenFrames += 1;
      task.onData(buffer.subarray(start, end));
    } else if (type === frames.END || type === frames.ABORT) {
      const micros = buffer.readUInt32LE(start);
      this.#link.finished(task, micros);
      if (!task.abandoned) {
        if (type === frames.END) task.onEnd(micros);
        else task.onAbort("QUINTET_BAD_ANSWER", "the application ended its response early");
      }
      task.release();
      this.#dispatcher.freed(this.#link);
    } else if (type === frames.FILE) void this.#file(task, flags, buffer, start, end);
  }

  /** The rest of the response is in a file: once that is open here, the worker is free. */
  async #file(
    task: Task,
    flags: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): Promise<void> {
    const headStart = start + 40;
    const headEnd = headStart + buffer.readUInt32LE(start + 4);
    const file = {
      position: Number(buffer.readBigUInt64LE(start + 8)),
      length: Number(buffer.readBigUInt64LE(start + 16)),
      device: buffer.readBigUInt64LE(start + 24),
      inode: buffer.readBigUInt64LE(start + 32),
      path: buffer.toString("utf8", headEnd, end),
    };
    let handle = null;
    try {
      if (!task.abandoned) handle = await openNamed(file);
    } catch (error) {
      this.#events.unopened(error, task);
      return this.#link.reply((out) => out.plain(frames.FILE_REFUSED, task.id));
    }
    // The worker may have died meanwhile.
    if (task.link !== this.#link) return handle ? closeQuietly(handle) : undefined;
    this.#link.reply((out) => out.plain(frames.FILE_TAKEN, task.id));
    const micros = buffer.readUInt32LE(start);
    this.#link.finished(task, micros);
    if (handle && task.abandoned) closeQuietly(handle);
    else if (handle) {
      const head = buffer.toString("latin1", headStart, headEnd);
      new FileSource(task, handle, file, micros).start(head, flags);
    }
    task.release();
    this.#dispatcher.freed(this.#link);
  }
}
