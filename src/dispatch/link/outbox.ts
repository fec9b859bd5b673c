import type { Socket } from "node:net";
import { FrameWriter } from "../../wire/frame-writer.ts";

/** The frames on their way to one worker. Those of one turn of the event loop leave in one write. */
export class Outbox {
  readonly #writer = new FrameWriter();
  #socket: Socket | null = null;
  #isScheduled = false;
  #isClosed = false;

  /** The worker has connected. What was written before is sent now. */
  attach(socket: Socket): void {
    this.#socket = socket;
    this.#flush();
  }

  /** Whether the worker has connected. */
  get isAttached(): boolean {
    return this.#socket !== null;
  }

  /** Bytes that the worker has not read yet. */
  get unreadBytes(): number {
    return this.#socket?.writableLength ?? 0;
  }

  /** Where to write frames. They leave at the end of this turn, or as soon as the worker has connected. */
  get frames(): FrameWriter {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      // After all sockets of this turn have been read, so that their requests leave in one write.
      setImmediate(() => this.#flush());
    }
    return this.#writer;
  }

  /** Writes frames, unless the worker has not connected or is dead. */
  reply(write: (frames: FrameWriter) => void): void {
    if (this.#socket && !this.#isClosed) write(this.frames);
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

  #flush(): void {
    this.#isScheduled = false;
    const socket = this.#socket;
    const writer = this.#writer;
    if (!socket || writer.length === 0 || socket.destroyed) return;
    socket.write(writer.take());
    // If nothing is left in the socket, the kernel has it all and the buffer may be filled again.
    writer.clear(socket.writableLength === 0);
  }
}
