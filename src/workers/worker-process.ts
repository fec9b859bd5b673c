import type { Socket } from "node:net";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";
import type { LinkListener } from "../dispatch/link/link-listener.ts";
import { WorkerLink } from "../dispatch/link/worker-link.ts";
import type { Task } from "../dispatch/task.ts";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import type { Log } from "../shared/log.ts";
import { breach } from "../shared/message-shape.ts";
import type { WorkerFacts, WorkerFailure } from "../wire/json-messages.ts";
import { INTERRUPT } from "../wire/frames.ts";
import type { Hello } from "../wire/json-messages.ts";
import type { WorkerStartUp } from "../wire/start-up.ts";
import { Page } from "../wire/page.ts";
import { type WorkerEvent, WorkerLife } from "./life/worker-life.ts";
import type { ProcessEnd } from "./process/process-end.ts";
import type { RuntimeDirectory } from "./process/runtime-directory.ts";
import { INTERRUPT_SIGNAL } from "./process/signals.ts";
import type { ProcessHandle, StartWorker, WorkerOptions } from "./process/start-worker.ts";
import { type ProcessListener, SupervisedProcess } from "./process/supervised-process.ts";
import { logLine } from "./worker-log.ts";

/** Hears of what a worker does. The Supervisor of its pool is the only listener. */
export interface WorkerListener extends ProcessListener<WorkerProcess, WorkerFacts> {
  /** A worker that gets nothing new has answered everything. */
  drained(worker: WorkerProcess): void;
  /** The worker has answered `link.maxAnswers` requests. */
  answeredEnough(worker: WorkerProcess): void;
  /** The worker hangs; see LinkListener. */
  hung(worker: WorkerProcess, task: Task | null, timeoutMs: number): void;
  /** The worker has been sent as many requests as the protocol can number. */
  outOfNumbers(worker: WorkerProcess): void;
  /** The worker calls an application that other workers run. */
  innerCall(target: string, call: InnerCallTask): void;
}

/** One worker: its process, its connections, and where it is in its life. */
export class WorkerProcess extends SupervisedProcess {
  readonly id: number;
  readonly link: WorkerLink;
  readonly life: WorkerLife = new WorkerLife();
  /** When it was found to be due for replacement, of performance.now(); 0 if it was not. */
  dueSince = 0;
  readonly #listener: WorkerListener;
  readonly #runtime: WorkerOptions["runtime"];
  readonly #handle: ProcessHandle;

  /** @param start how to start the process; see WorkerSpawner */
  constructor(
    id: number,
    options: WorkerOptions,
    start: StartWorker,
    directory: RuntimeDirectory,
    dispatcher: Dispatcher,
    log: Log,
    listener: WorkerListener,
  ) {
    super(`worker-${id}`, options.bootTimeoutMs, directory, log);
    this.id = id;
    this.#listener = listener;
    this.#runtime = options.runtime;
    const page = new Page(directory.file(`worker-${id}.page`));
    this.link = new WorkerLink(String(id), options.threads, page, dispatcher, this.#linkListener());
    const startUp: WorkerStartUp = {
      ...this.startUp(id),
      page: page.path,
      target: options.target,
      project: options.project,
      hooks: options.hooks,
      threads: options.threads,
      multiprocess: options.multiprocess,
      strictHeaders: options.strictHeaders,
    };
    this.bootTimeout.start();
    this.#handle = start(startUp, this);
  }

  /** For how many milliseconds the worker has had nothing to do. */
  idleMs(now: number): number {
    return this.link.busy ? 0 : now - Math.max(this.loadedAt, this.link.headSince);
  }

  override started(pid: number): void {
    super.started(pid);
    this.link.pid = pid;
  }

  /**
   * A worker connects twice: once for the requests it is given and once for its answers. If a write to a socket fails,
   * Node drops what it has not read of that socket, and no answer may be lost because a request crossed it.
   */
  override connected(socket: Socket, { carries, pid }: Hello): void {
    if (this.broken) return void socket.destroy();
    const wrong = this.#wrongHello(carries, pid);
    if (wrong) {
      socket.destroy();
      return this.break(breach(wrong));
    }
    this.started(pid);
    this.sockets.set(carries, socket);
    if (carries === "output") {
      this.readPipes(pid);
      return void socket.destroy();
    }
    if (carries !== "answers") {
      socket.once("data", () => this.break(breach(`it sends where it only receives (${carries})`)));
      return carries === "requests" ? this.link.attach(socket) : undefined;
    }
    const { answers, page } = this.link;
    this.listen(socket, (type, flags, frame, buffer, start, end) =>
      answers.frame(type, flags, frame, buffer, start, end),
    );
    page.unlink();
    this.#handle.connected?.(socket);
  }

  #wrongHello(carries: Hello["carries"], pid: number): string | null {
    if (carries === "orders") return "a hello of a worker says that it takes orders";
    if (this.sockets.has(carries)) return `a second hello for ${carries}`;
    // Under a wrapper command the first hello tells the pid.
    if (this.sockets.size > 0 && pid !== this.pid) {
      return `a hello says that the pid is ${pid}, and one before that it is ${this.pid}`;
    }
    return null;
  }

  /** The worker runs the warm-up requests. */
  warm(): void {
    if (this.#advance("warm")) this.link.state = "warming";
  }

  /** The worker takes requests of clients. */
  serve(): void {
    if (this.#advance("serve")) this.link.warmed();
  }

  /**
   * Replace the worker when it is its turn.
   *
   * @returns false if it is being replaced already
   */
  recycle(reason: string): boolean {
    if (!this.#advance("recycle", reason)) return false;
    this.dueSince = performance.now();
    return true;
  }

  /** It is the worker's turn: its successor is being started. */
  replace(): void {
    if (!this.#advance("replace")) return;
    this.log.info({ worker: this.pid }, `worker is replaced: ${this.life.recycleReason}`);
  }

  /**
   * The worker gets nothing new.
   *
   * @param event `hang` if it hangs
   * @returns the requests that it had not begun; none if it was retired before
   */
  retire(event: "retire" | "hang", reason: string): Task[] {
    const { serves } = this.life;
    return this.#advance(event, reason) && serves ? this.link.retire() : [];
  }

  /**
   * Have the worker exit, because it owes no response.
   *
   * @returns false if it is exiting already
   */
  leave(): boolean {
    if (!this.#advance("leave")) return false;
    this.link.end();
    return true;
  }

  /** Send SIGKILL, because the worker is not wanted any more. */
  kill(reason: string): void {
    this.#advance("kill", reason);
    this.#sendKill();
  }

  override fail(reason: string): void {
    this.#advance("fail", reason);
    this.#sendKill();
  }

  /**
   * Interrupt what hangs. A signal reaches Python's main thread even while it waits. Other threads, and Node, are
   * interrupted from within the process.
   *
   * @param request the number of the request; null for what follows a response
   * @param begun the number of the request that runs, or that was answered last
   */
  interrupt(request: number | null, begun: number): void {
    const { link } = this;
    if (this.#runtime === "python" && link.threads === 1) {
      link.page.interrupt(begun);
      this.signal(INTERRUPT_SIGNAL);
    } else link.reply((out) => out.plain(INTERRUPT, request ?? 0));
  }

  protected override describe(): string {
    return "worker";
  }

  protected override onBroken(error: Error): void {
    this.link.break(error);
  }

  protected override onEnded(end: ProcessEnd): void {
    this.#advance("end");
    this.#listener.ended(this, end);
  }

  /** Node tells its stacks only between two calls of native code. */
  protected override requestStacks(): boolean {
    if (this.#runtime === "python") return super.requestStacks();
    this.#handle.requestStacks?.();
    return true;
  }

  #advance(event: WorkerEvent, reason: string | null = null): boolean {
    const hasMoved = this.life.advance(event, reason);
    if (hasMoved && reason !== null) {
      this.log.debug({ worker: this.pid }, `worker is ${this.life.state}: ${reason}`);
    }
    return hasMoved;
  }

  #sendKill(): void {
    this.signal("SIGKILL");
    this.#handle.kill();
  }

  #linkListener(): LinkListener {
    return {
      ready: (facts) => this.#loaded(facts),
      failed: (failure: WorkerFailure) => {
        this.failure = failure;
      },
      log: (level, text, task) => this.#logRecord(level, text, task),
      unopened: (error, task) => {
        reportIfNoDescriptor(error, "open a file");
        const message = `${task.describe()}: its file is sent by the worker: ${String(error)}`;
        this.#logRecord("info", message, task);
      },
      drained: () => this.#listener.drained(this),
      answeredEnough: () => this.#listener.answeredEnough(this),
      hung: (task, timeoutMs) => this.#listener.hung(this, task, timeoutMs),
      outOfNumbers: () => this.#listener.outOfNumbers(this),
      innerCall: (target, call) => this.#listener.innerCall(target, call),
    };
  }

  #loaded(facts: WorkerFacts): void {
    this.bootTimeout.clear();
    this.loadedAt = performance.now();
    if (facts.greenlets !== undefined) this.link.threads = 1;
    this.#listener.loaded(this, facts);
  }

  #logRecord(level: string, text: string, task: Task | undefined): void {
    // The client of a request that has timed out has its answer, and the stacks are in the log already.
    const shownLevel = task?.expired ? "debug" : level;
    logLine(this.log, { worker: this.pid, request: task?.requestId }, shownLevel, text);
  }
}
