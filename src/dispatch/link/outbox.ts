import type { Socket } from "node:net";
import { FrameWriter } from "../../wire/frame-writer.ts";
import * as frames from "../../wire/frames.ts";
import type { BodySink, Task } from "../task.ts";

const EMPTY = Buffer.alloc(0);

/** The frames on their way to one worker. Frames from the same turn of the event loop go into one write. */
export class Outbox implements BodySink {
  readonly #writer = new FrameWriter();
  #socket: Socket | null = null;
  #isScheduled = false;
  #isClosed = false;

  /** Sends what was written before the worker connected. */
  attach(socket: Socket): void {
    this.#socket = socket;
    this.#flush();
  }

  /** Bytes that the worker has not read yet. */
  get unreadBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  request(task: Task): void {
    const inFile = task.bodyInFile ? frames.BODY_IN_FILE : 0;
    const flags = task.upload === null ? inFile : frames.BODY_STREAMS;
    this.#writer.request(task.id, task.environ, task.body, flags);
    this.#schedule();
  }

  /** The client has read more of the response. */
  credit(task: Task, bytes: number): void {
    if (!this.#socket) return;
    const { untakenBytes, untakenFrames } = task;
    const isAll = bytes >= untakenBytes;
    const taken = isAll ? untakenFrames : Math.floor((untakenFrames * bytes) / untakenBytes);
    task.untakenBytes -= bytes;
    task.untakenFrames -= taken;
    this.#writer.credit(frames.CREDIT, task.id, bytes + taken * frames.FRAME_COST_BYTES);
    this.#schedule();
  }

  /** The client has left. */
  gone(task: Task): void {
    if (!this.#socket) return;
    this.#writer.plain(frames.GONE, task.id);
    this.#schedule();
  }

  body(task: Task, data: Buffer): void {
    this.reply((out) => out.frame(frames.BODY, task.id, data));
  }

  bodyEnd(task: Task): void {
    this.reply((out) => out.frame(frames.BODY_END, task.id, EMPTY));
  }

  bodyGone(task: Task, reason: string): void {
    this.reply((out) => out.frame(frames.BODY_GONE, task.id, Buffer.from(reason)));
  }

  /** Writes an answer to the worker. Does nothing if the worker is dead. */
  reply(write: (out: FrameWriter) => void): void {
    if (!this.#socket || this.#isClosed) return;
    write(this.#writer);
    this.#schedule();
  }

  /** Closes our side: the worker ends once it has read everything. */
  end(): void {
    this.#flush();
    this.#socket?.end();
  }

  /** The worker is dead. */
  close(): void {
    this.#isClosed = true;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Run after all sockets of this turn have been read, so that their requests go into one write.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    const socket = this.#socket;
    const writer = this.#writer;
    if (!socket || writer.length === 0 || socket.destroyed) return;
    socket.write(writer.take());
    // If the socket holds nothing, the kernel has everything and the buffer can be reused.
    writer.clear(socket.writableLength === 0);
  }
}
