import type { Socket } from "node:net";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import { CallTask } from "../dispatch/call-task.ts";
import type { Task } from "../dispatch/task.ts";
import { Window } from "../dispatch/window.ts";
import { QuintetError } from "../errors.ts";
import type { StaticMount } from "../front/static.ts";
import * as frames from "./frames.ts";
import { FileSource, openNamed } from "./file-source.ts";
import { FrameReader, FrameWriter } from "./frames.ts";
import type { Page } from "./page.ts";

const EMPTY = Buffer.alloc(0);

/** What a worker says of itself once it has imported the application. */
export interface WorkerFacts {
  /** What runs it: `Python` or `Node`. */
  runtime: string;
  /** The interpreter. */
  python: string;
  version: string;
  importMs: number;
  django?: string;
  static?: StaticMount[];
}

/** Why a worker could not import the application. */
export interface WorkerFailure {
  code: string;
  message: string;
  trace: string;
  python: string;
}

export interface LinkEvents {
  ready(facts: WorkerFacts): void;
  failed(failure: WorkerFailure): void;
  log(level: string, text: string, task: Task | undefined): void;
  /** It calls an application that other workers run. */
  call(target: string, call: CallTask): void;
  /** It has named a file that cannot be opened here, and sends it itself. */
  unopened(error: unknown, task: Task): void;
  /** It has answered `mostAnswers` requests. */
  answeredEnough(): void;
  /** Nothing runs at a retiring worker any more. */
  drained(): void;
}

/**
 * A worker as the dispatcher sees it: what was sent to it and is not answered, in the order it was sent.
 *
 * States: `booting` (nothing may be sent), `ready`, `retiring` (finishes what it has begun), `dead`.
 */
export class WorkerLink {
  readonly holdsWorker = true;
  readonly name: string;
  readonly threads: number;
  readonly page: Page;
  state: "booting" | "ready" | "retiring" | "dead" = "booting";
  pid = 0;
  /**
   * Sent and not answered, in the order of their numbers. An array, for there are few: a Map that is filled and emptied
   * this often leaves a chain of old tables behind, which keeps finished requests alive until a full collection.
   */
  readonly outstanding: Task[] = [];
  /** Numbers taken back that the worker has not handed back yet. Until it has, it gets nothing new. */
  readonly recalled: Set<number> = new Set();
  /** Since when the first of `outstanding` runs (one thread). */
  headSince = 0;
  /** Requests that it has answered. */
  answered = 0;
  /** How many it should answer. It is told of once; until it is retired it gets more. */
  mostAnswers: number = Number.MAX_SAFE_INTEGER;
  /** The first of `outstanding` has run for long: nothing more is put behind it. */
  slow = false;
  readonly #window = new Window();
  readonly #dispatcher: Dispatcher;
  readonly #events: LinkEvents;
  readonly #out = new FrameWriter();
  /** What it has asked of other workers and has not been answered yet. */
  readonly #calls: Map<number, CallTask> = new Map();
  #socket: Socket | null = null;
  #lastId = 0;
  /** The worker has begun everything up to this number, and perhaps more. */
  #begun = 0;
  #flushing = false;

  constructor(
    name: string,
    threads: number,
    page: Page,
    dispatcher: Dispatcher,
    events: LinkEvents,
  ) {
    this.name = name;
    this.threads = threads;
    this.page = page;
    this.#dispatcher = dispatcher;
    this.#events = events;
  }

  /** The worker has connected to be given requests; its answers come by another way, which calls `frame`. */
  attach(socket: Socket): void {
    this.#socket = socket;
    this.#flush();
  }

  /** It has something to do, or owes us something. */
  get busy(): boolean {
    return this.outstanding.length > 0 || this.recalled.size > 0;
  }

  /** How many more requests it may be given now. */
  get room(): number {
    if (this.state !== "ready" || this.slow || this.recalled.size > 0) return 0;
    return (this.threads > 1 ? this.threads : this.#window.size) - this.outstanding.length;
  }

  send(task: Task, now: number): void {
    const id = ++this.#lastId;
    task.id = id;
    task.link = this;
    task.sentAt = now;
    task.clock = now;
    task.waits = false;
    if (this.outstanding.length === 0) this.headSince = now;
    this.outstanding.push(task);
    const inFile = task.bodyInFile ? frames.BODY_IN_FILE : 0;
    const flags = task.upload === null ? inFile : frames.BODY_STREAMS;
    this.#out.request(id, task.environ, task.body, flags);
    this.#scheduleFlush();
    if (id >= frames.MAX_ID) this.#dispatcher.wornOut(this);
  }

  credit(task: Task, bytes: number): void {
    if (!this.#socket || task.link !== this) return;
    const { untakenBytes, untakenFrames } = task;
    const all = bytes >= untakenBytes;
    const taken = all ? untakenFrames : Math.floor((untakenFrames * bytes) / untakenBytes);
    task.untakenBytes -= bytes;
    task.untakenFrames -= taken;
    this.#out.credit(frames.CREDIT, task.id, bytes + taken * frames.FRAME_COST);
    this.#scheduleFlush();
  }

  gone(task: Task): void {
    if (!this.#socket || task.link !== this || !task.started) return;
    this.#out.plain(frames.GONE, task.id);
    this.#scheduleFlush();
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

  /** Whether the worker has begun this one of `outstanding`. */
  hasBegun(task: Task): boolean {
    if (task.id > this.#begun) this.#begun = this.page.noted();
    return task.id <= this.#begun;
  }

  /** Take back what is surely not begun. Returns it, oldest first; only while none is out. */
  recall(): Task[] {
    if (this.recalled.size > 0 || this.outstanding.length === 0) return [];
    const first = (this.outstanding[0] as Task).id;
    const noted = this.page.recall(first, this.#lastId);
    const back: Task[] = [];
    for (const task of this.outstanding.splice(0)) {
      if (task.id <= noted) {
        this.outstanding.push(task);
        continue;
      }
      this.recalled.add(task.id);
      task.link = null;
      if (task.abandoned) task.release();
      else back.push(task);
    }
    return back;
  }

  /** No more requests; what has begun is finished. Returns what has not. */
  retire(): Task[] {
    if (this.state === "dead") return [];
    const wasBooting = this.state === "booting";
    this.state = "retiring";
    const back = this.recall();
    if (wasBooting || !this.busy) {
      setImmediate(() => this.#events.drained());
    }
    return back;
  }

  /** Close our side: the worker ends once it has read everything. */
  end(): void {
    this.#flush();
    this.#socket?.end();
  }

  /**
   * The process is gone and its socket drained. The request it had begun and not answered gets 502, or is cut short;
   * what it had not begun is returned, to run elsewhere.
   */
  lost(what: string): Task[] {
    if (this.state === "dead") return [];
    this.state = "dead";
    const noted = this.page.noted();
    this.page.close();
    const back: Task[] = [];
    for (const task of this.outstanding.splice(0)) {
      task.link = null;
      if (task.id > noted && !task.abandoned) {
        back.push(task);
        continue;
      }
      if (!task.abandoned) {
        if (task.started) task.onAbort(what);
        else task.onFail(502, new QuintetError("QUINTET_WORKER_DIED", what));
      }
      task.release();
    }
    this.recalled.clear();
    for (const call of this.#calls.values()) call.leave();
    this.#calls.clear();
    return back;
  }

  /** Write to the worker: what it has asked for. */
  reply(write: (out: FrameWriter) => void): void {
    if (!this.#socket || this.state === "dead") return;
    write(this.#out);
    this.#scheduleFlush();
  }

  /** One frame of the worker's. */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === frames.READY) {
      if (this.state === "booting") this.state = "ready";
      this.#events.ready(JSON.parse(buffer.toString("utf8", start, end)) as WorkerFacts);
      return;
    }
    if (type === frames.FAILED) {
      this.#events.failed(JSON.parse(buffer.toString("utf8", start, end)) as WorkerFailure);
      return;
    }
    if (type >= frames.CALL) return this.#call(type, flags, id, buffer, start, end);
    const task = this.#find(id);
    if (type === frames.LOG) {
      const record = JSON.parse(buffer.toString("utf8", start, end)) as {
        level: string;
        text: string;
      };
      this.#events.log(record.level, record.text, task);
    } else if (type === frames.HANDBACK) {
      this.#handedBack(id, task);
    } else if (type === frames.BODY_WANTED) {
      task?.upload?.want(buffer.readUInt32LE(start), this);
    } else if (task !== undefined) {
      this.#response(task, type, flags, buffer, start, end);
    }
  }

  #call(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === frames.CALL) {
      const outer = this.#find(buffer.readUInt32LE(start));
      const targetEnd = start + 12 + buffer.readUInt32LE(start + 4);
      const environEnd = targetEnd + buffer.readUInt32LE(start + 8);
      const call = new CallTask(this, id, outer);
      call.environ = buffer.toString("latin1", targetEnd, environEnd);
      call.body = buffer.subarray(environEnd, end);
      call.bodyInFile = (flags & frames.BODY_IN_FILE) !== 0;
      this.#calls.set(id, call);
      this.#events.call(buffer.toString("latin1", start + 12, targetEnd), call);
      return;
    }
    const call = this.#calls.get(id);
    if (type === frames.CALL_CREDIT) call?.take(buffer.readUInt32LE(start));
    else if (type === frames.CALL_GONE) {
      this.#calls.delete(id);
      call?.leave();
    }
  }

  /** A call of the worker's is over. */
  called(id: number): void {
    this.#calls.delete(id);
  }

  #find(id: number): Task | undefined {
    for (const task of this.outstanding) if (task.id === id) return task;
    return undefined;
  }

  #forget(task: Task): void {
    if (this.outstanding[0] === task) this.outstanding.shift();
    else this.outstanding.splice(this.outstanding.indexOf(task), 1);
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
      this.#finished(task, micros);
      if (!task.abandoned) {
        const head = buffer.toString("latin1", start + 8, headEnd);
        task.onAnswer(head, flags, buffer, headEnd, end, micros);
      }
      task.release();
      this.#dispatcher.freed(this);
    } else if (type === frames.START) {
      task.started = true;
      task.clock = performance.now();
      if (task.abandoned) return this.gone(task);
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
      this.#finished(task, micros);
      if (!task.abandoned) {
        if (type === frames.END) task.onEnd(micros);
        else task.onAbort("the application ended its response early");
      }
      task.release();
      this.#dispatcher.freed(this);
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
      return this.reply((out) => out.plain(frames.FILE_REFUSED, task.id));
    }
    // The worker may have died meanwhile.
    if (task.link !== this) return void handle?.close();
    this.reply((out) => out.plain(frames.FILE_TAKEN, task.id));
    const micros = buffer.readUInt32LE(start);
    this.#finished(task, micros);
    if (task.abandoned) await handle?.close();
    else if (handle) {
      const head = buffer.toString("latin1", headStart, headEnd);
      new FileSource(task, handle, file, micros).start(head, flags);
    }
    task.release();
    this.#dispatcher.freed(this);
  }

  #finished(task: Task, micros: number): void {
    this.#forget(task);
    task.link = null;
    this.answered += 1;
    if (this.answered === this.mostAnswers) this.#events.answeredEnough();
    this.headSince = performance.now();
    this.slow = false;
    if (this.threads === 1) this.#window.learn(micros);
    this.#drainedIfRetiring();
  }

  #handedBack(id: number, task: Task | undefined): void {
    this.recalled.delete(id);
    if (task !== undefined) {
      // Not in our books as recalled, but by its own word not run either.
      this.#forget(task);
      task.link = null;
      this.#dispatcher.requeue([task]);
    }
    this.slow = false;
    this.#drainedIfRetiring();
    this.#dispatcher.freed(this);
  }

  #drainedIfRetiring(): void {
    if (this.state !== "retiring" || this.busy) return;
    setImmediate(() => this.#events.drained());
  }

  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // After all sockets of this turn have been read, so that their requests leave in one write.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const socket = this.#socket;
    if (!socket || this.#out.length === 0 || socket.destroyed) return;
    socket.write(this.#out.take());
    // Nothing left in the socket means the kernel has it all, and the buffer may be filled again.
    this.#out.clear(socket.writableLength === 0);
  }
}

/** Feed what a socket brings to `onFrame`; `onBroken` for bytes that are no frame. */
export function readFrames(
  socket: Socket,
  onFrame: frames.OnFrame,
  onBroken: (error: unknown) => void,
): void {
  const reader = new FrameReader(onFrame);
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      onBroken(error);
    }
  });
}
