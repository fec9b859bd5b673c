import type { Socket } from "node:net";
import { QuintetError } from "../../shared/errors.ts";
import { breach } from "../../shared/message-shape.ts";
import type { FrameWriter } from "../../wire/frame-writer.ts";
import { MAX_REQUEST_ID } from "../../wire/frames.ts";
import type { Page } from "../../wire/page.ts";
import type { BodySink, Task, TaskLink } from "../task.ts";
import { AnswerReader } from "./answer-reader.ts";
import { InnerCalls } from "./inner-calls.ts";
import { Ledger } from "./ledger.ts";
import type { LinkListener, LinkOwner } from "./link-listener.ts";
import { Outbox } from "./outbox.ts";
import { Window } from "./window.ts";

/** Bytes a worker may have asked for and not read. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/**
 * A worker as the dispatcher sees it: carries requests to it and answers back. The ledger knows which requests it has.
 *
 * States: `booting` (nothing may be sent), `warming` (only the server's own requests), `ready`, `retiring` (finishes what
 * it has begun), `dead`.
 */
export class WorkerLink implements TaskLink {
  readonly holdsWorker = true;
  readonly name: string;
  threads: number;
  readonly page: Page;
  /** Reads the frames that it sends. */
  readonly answers: AnswerReader;
  readonly innerCalls: InnerCalls;
  state: "booting" | "warming" | "ready" | "retiring" | "dead" = "booting";
  pid = 0;
  /** When the first of `outstanding` could begin: when the one before it was answered, or when it was sent to an idle worker. */
  headSince = 0;
  /** The first of `outstanding` has run for long: nothing more is put behind it. */
  isSlow = false;
  /** Requests that it has answered. */
  answered = 0;
  /** How many it should answer. Until it is retired it gets more. */
  maxAnswers: number = Number.MAX_SAFE_INTEGER;
  /** It has broken the protocol and is about to be killed; null if it has not. */
  broken: Error | null = null;
  /** The number of the last request of its warmup. */
  warmedBy = 0;
  /** It has said that it is ready, or why not. */
  hasBooted = false;
  readonly listener: LinkListener;
  readonly #ledger = new Ledger<Task>();
  /** Sent and not answered, in the order they were sent. */
  readonly outstanding: readonly Task[] = this.#ledger.outstanding;
  readonly #owner: LinkOwner;
  readonly #window = new Window();
  readonly #outbox = new Outbox();

  /**
   * @param threads how many requests it runs at once
   * @param page the memory that it shares with the front
   * @param owner gets its unbegun requests back
   * @param listener hears what happens at it
   */
  constructor(name: string, threads: number, page: Page, owner: LinkOwner, listener: LinkListener) {
    this.name = name;
    this.threads = threads;
    this.page = page;
    this.#owner = owner;
    this.listener = listener;
    this.innerCalls = new InnerCalls(this, listener);
    this.answers = new AnswerReader(this, listener);
  }

  /** The worker has connected to be given requests. Its answers come on another socket. */
  attach(socket: Socket): void {
    this.#outbox.attach(socket);
  }

  /** Whether it has requests, or has to hand some back. */
  get busy(): boolean {
    return this.#ledger.isBusy;
  }

  /** Whether it has to hand requests back before it gets new ones. */
  get isRecalling(): boolean {
    return this.#ledger.isRecalling;
  }

  /** How many more requests it may be given now. */
  get capacity(): number {
    if (this.state !== "ready" || this.isSlow || this.#ledger.isRecalling) return 0;
    return (this.threads > 1 ? this.threads : this.#window.size) - this.outstanding.length;
  }

  send(task: Task, now: number): void {
    if (this.outstanding.length === 0) this.headSince = now;
    const id = this.#ledger.send(task);
    task.link = this;
    task.markSent(now);
    this.#outbox.request(task);
    if (id >= MAX_REQUEST_ID) this.listener.outOfNumbers();
  }

  /** It is warmed up, and takes the requests of clients. */
  warmed(): void {
    this.state = "ready";
    this.warmedBy = this.#ledger.lastId;
  }

  find(id: number): Task | undefined {
    return this.#ledger.find(id);
  }

  /** The worker has said something of this request, so it runs it. */
  hear(task: Task): void {
    this.#ledger.hear(task);
  }

  /** Whether the worker has begun this one of `outstanding`. */
  hasBegun(task: Task): boolean {
    if (!this.#ledger.hasBegun(task)) this.#ledger.note(this.page.noted());
    return this.#ledger.hasBegun(task);
  }

  /** Recalls what is surely not begun. Returns it oldest first. Nothing while the worker still has to hand numbers back. */
  recall(): Task[] {
    if (this.#ledger.isRecalling || this.outstanding.length === 0) return [];
    const range = this.#ledger.recallRange(this.page.noted());
    if (range === null) return [];
    const noted = this.page.recall(range.first, range.last);
    return this.#returned(this.#ledger.recall(range, noted));
  }

  /** These belong to no worker any more. Those whose clients have left are dropped. */
  #returned(tasks: Task[]): Task[] {
    for (const task of tasks) {
      task.link = null;
      task.markReturned();
      if (task.abandoned) task.release();
    }
    return tasks.filter((task) => !task.abandoned);
  }

  /**
   * The worker has not run this request, and will not.
   *
   * @throws {QuintetError} QUINTET_PROTOCOL if it was not asked for that
   */
  handedBack(id: number): void {
    const contested = this.#ledger.handBack(id);
    if (contested !== null) this.#owner.requeue(this.#returned([contested]));
    this.isSlow = false;
    this.#checkDrained();
    this.#owner.freed();
  }

  /**
   * A request is answered. Tell its client, then call `freed`.
   *
   * @param micros microseconds that the application took
   */
  finished(task: Task, micros: number): void {
    this.#ledger.answer(task);
    task.link = null;
    task.markDone(micros);
    this.headSince = performance.now();
    this.isSlow = false;
    if (this.state !== "warming") {
      this.answered += 1;
      if (this.answered === this.maxAnswers) this.listener.answeredEnough();
      if (this.threads === 1) this.#window.learn(task.micros);
    }
    this.#checkDrained();
  }

  /** The client of an answered request has been told: the worker may have the next. */
  freed(task: Task): void {
    task.release();
    this.#owner.freed();
  }

  credit(task: Task, bytes: number): void {
    if (task.link === this) this.#outbox.credit(task, bytes);
  }

  gone(task: Task): void {
    if (task.link === this && task.isStreaming) this.#outbox.gone(task);
  }

  /** Sends a request body as the application reads it. */
  get bodySink(): BodySink {
    return this.#outbox;
  }

  /** Writes to the worker what it has asked for. Does nothing if it is dead. */
  reply(write: (out: FrameWriter) => void): void {
    this.#outbox.reply(write);
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL if it keeps asking, and does not read the answers */
  checkUnread(): void {
    const unread = this.#outbox.unreadBytes;
    if (unread <= MAX_UNREAD_BYTES) return;
    const bodies = this.outstanding.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);
    if (unread - bodies > MAX_UNREAD_BYTES)
      throw breach(`it has not read ${unread} bytes that it asked for`);
  }

  /** It gets no more requests, and nothing it sends is read any more: see WorkerProcess. */
  break(error: Error): void {
    this.broken = error;
    if (this.state !== "dead") this.state = "retiring";
  }

  /** It gets no more requests, and finishes what it has begun. Returns what it has not begun. */
  retire(): Task[] {
    if (this.state === "dead") return [];
    const wasBooting = this.state === "booting";
    this.state = "retiring";
    const back = this.recall();
    if (wasBooting) setImmediate(() => this.listener.drained());
    else this.#checkDrained();
    return back;
  }

  /** Closes our side: the worker ends once it has read everything. */
  end(): void {
    this.#outbox.end();
  }

  /**
   * The process is gone and its socket drained. The requests it had begun and not answered get 502, or are cut short.
   *
   * @returns what it had not begun, to run elsewhere
   */
  lost(what: string): Task[] {
    if (this.state === "dead") return [];
    this.state = "dead";
    const why = this.broken === null ? what : `worker ${this.pid}: ${this.broken.message}`;
    const code = this.broken === null ? "QUINTET_WORKER_DIED" : "QUINTET_PROTOCOL";
    const { unbegun, begun } = this.#ledger.lose(this.page.noted());
    this.page.close();
    this.#outbox.close();
    for (const task of begun) {
      task.link = null;
      if (!task.abandoned) {
        if (task.isStreaming) task.onAbort(code, why);
        else task.onFail(502, new QuintetError(code, why));
      }
      task.release();
    }
    this.innerCalls.leave();
    return this.#returned(unbegun);
  }

  #checkDrained(): void {
    if (this.state !== "retiring" || this.busy) return;
    setImmediate(() => this.listener.drained());
  }
}
