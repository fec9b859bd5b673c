import type { Socket } from "node:net";
import type { Dispatcher } from "./dispatcher.ts";
import type { CallTask } from "./call-task.ts";
import type { Task } from "./task.ts";
import { Window } from "./window.ts";
import { QuintetError } from "../shared/errors.ts";
import { breach } from "../shared/shape.ts";
import { Answers } from "./answers.ts";
import type { WorkerFacts, WorkerFailure } from "../wire/json-messages.ts";
import * as frames from "../wire/frames.ts";
import { FrameWriter } from "../wire/frame-writer.ts";
import type { Page } from "../wire/page.ts";

const EMPTY = Buffer.alloc(0);
/** Bytes that a worker may not have read of what it has asked for. */
const UNSENT_MOST = 64 * 1024 * 1024;

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
 * States: `booting` (nothing may be sent), `warming` (only requests of the server's own), `ready`, `retiring` (finishes what it has begun), `dead`.
 */
export class WorkerLink {
  readonly holdsWorker = true;
  readonly name: string;
  threads: number;
  readonly page: Page;
  /** What it sends is given to these. */
  readonly answers: Answers;
  state: "booting" | "warming" | "ready" | "retiring" | "dead" = "booting";
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
  /** It has sent what the protocol does not allow, and is about to be killed; null if it has not. */
  broken: Error | null = null;
  /** The number of the last request of its warmup. */
  warmedBy = 0;
  /** It has said that it is ready, or why not. */
  spoken = false;
  /** The first of `outstanding` has run for long: nothing more is put behind it. */
  slow = false;
  readonly #window = new Window();
  readonly #dispatcher: Dispatcher;
  readonly #events: LinkEvents;
  readonly #out = new FrameWriter();

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
    this.answers = new Answers(this, dispatcher, events);
  }

  /** The worker has connected to be given requests; its answers come by another way. */
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
    if (id >= frames.MAX_REQUEST_ID) this.#dispatcher.wornOut(this);
  }

  /** It is warmed up, and takes the requests of clients. */
  warmed(): void {
    this.state = "ready";
    this.warmedBy = this.#lastId;
  }

  credit(task: Task, bytes: number): void {
    if (!this.#socket || task.link !== this) return;
    const { untakenBytes, untakenFrames } = task;
    const all = bytes >= untakenBytes;
    const taken = all ? untakenFrames : Math.floor((untakenFrames * bytes) / untakenBytes);
    task.untakenBytes -= bytes;
    task.untakenFrames -= taken;
    this.#out.credit(frames.CREDIT, task.id, bytes + taken * frames.FRAME_COST_BYTES);
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
    // What is noted runs. Only of what is noted from now on it is not known whether the worker sees the range first.
    const first = Math.max((this.outstanding[0] as Task).id, this.page.noted() + 1);
    if (first > this.#lastId) return [];
    const noted = this.page.recall(first, this.#lastId);
    const back: Task[] = [];
    for (const task of this.outstanding.splice(0)) {
      if (task.id <= noted || task.told) {
        if (task.id >= first) task.doubtful = true;
        this.outstanding.push(task);
        continue;
      }
      this.recalled.add(task.id);
      unsend(task);
      if (task.abandoned) task.release();
      else back.push(task);
    }
    return back;
  }

  /** No more requests, and nothing more is heard of it: see WorkerProcess. */
  break(error: Error): void {
    this.broken = error;
    if (this.state !== "dead") this.state = "retiring";
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
    const why = this.broken === null ? what : `worker ${this.pid}: ${this.broken.message}`;
    const noted = this.page.noted();
    this.page.close();
    const back: Task[] = [];
    for (const task of this.outstanding.splice(0)) {
      if (task.id > noted && !task.told && !task.abandoned) {
        unsend(task);
        back.push(task);
        continue;
      }
      task.link = null;
      if (!task.abandoned) {
        const code = this.broken === null ? "QUINTET_WORKER_DIED" : "QUINTET_PROTOCOL";
        if (task.started) task.onAbort(code, why);
        else task.onFail(502, new QuintetError(code, why));
      }
      task.release();
    }
    this.recalled.clear();
    this.answers.calls.leave();
    return back;
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL if it asks and asks, and does not read what it is answered */
  checkUnsent(): void {
    const unsent = this.#socket?.writableLength ?? 0;
    if (unsent <= UNSENT_MOST) return;
    const bodies = this.outstanding.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);
    if (unsent - bodies > UNSENT_MOST)
      throw breach(`it has not read ${unsent} bytes that it asked for`);
  }

  /** Write to the worker: what it has asked for. */
  reply(write: (out: FrameWriter) => void): void {
    if (!this.#socket || this.state === "dead") return;
    write(this.#out);
    this.#scheduleFlush();
  }

  find(id: number): Task | undefined {
    for (const task of this.outstanding) if (task.id === id) return task;
    return undefined;
  }

  #forget(task: Task): void {
    if (this.outstanding[0] === task) this.outstanding.shift();
    else this.outstanding.splice(this.outstanding.indexOf(task), 1);
  }

  /** A request is answered, and runs no more. */
  finished(task: Task, micros: number): void {
    this.#forget(task);
    task.link = null;
    const isWarm = this.state !== "warming";
    if (isWarm) this.answered += 1;
    if (isWarm && this.answered === this.mostAnswers) this.#events.answeredEnough();
    this.headSince = performance.now();
    this.slow = false;
    if (this.threads === 1 && isWarm) this.#window.learn(micros);
    this.#drainedIfRetiring();
  }

  /**
   * It has not run this one, and will not.
   *
   * @throws {QuintetError} QUINTET_PROTOCOL if it was not asked for that: what has run must not run again
   */
  handedBack(id: number, task: Task | undefined): void {
    const mayBe = task?.doubtful === true && !task.told;
    if (!this.recalled.delete(id) && !mayBe)
      throw breach(`it hands back request ${id}, which was not taken back`);
    if (task !== undefined) {
      // Not in our books as recalled, but by its own word not run either.
      this.#forget(task);
      unsend(task);
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

/** It is no worker's any more, as if it had never been given to one. */
function unsend(task: Task): void {
  task.link = null;
  task.sentAt = 0;
  task.doubtful = false;
}
