import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { Task } from "../dispatch/task.ts";
import { breach } from "../shared/message-shape.ts";
import type { HungWorker } from "./hung-worker.ts";
import { BootLimit } from "./boot-limit.ts";
import { reportIfNoDescriptor } from "../shared/descriptors.ts";
import type { Exit } from "./child.ts";
import { INTERRUPT, mostFromWorker } from "../wire/frames.ts";
import type { Hello } from "../wire/hello.ts";
import type { Home } from "./runtime-directory.ts";
import { INTERRUPT_SIGNAL } from "./interrupt.ts";
import { brokenAtStart, type WorkerFacts, type WorkerFailure } from "../wire/facts.ts";
import { readFrames } from "../wire/frame-reader.ts";
import type { Body, Launch, WorkerOptions } from "./launch.ts";
import type { LinkListener } from "../dispatch/link/link-listener.ts";
import { WorkerLink } from "../dispatch/link/worker-link.ts";
import { residentBytes } from "./memory.ts";
import { Page } from "../wire/page.ts";
import { type ProcessEnd, Remains } from "./process-output.ts";
import { STACK_SIGNAL, StacksFile } from "./stacks.ts";

export interface WorkerEvents {
  ready(worker: WorkerProcess, facts: WorkerFacts): void;
  /** The process has ended, and everything it sent is read. `failure` if it said why it could not start. */
  ended(worker: WorkerProcess, end: ProcessEnd): void;
  log(worker: WorkerProcess, level: string, text: string, task: Task | undefined): void;
  drained(worker: WorkerProcess): void;
  /** It has answered as many requests as it should. */
  answeredEnough(worker: WorkerProcess): void;
  /** It calls an application that other workers run. */
  innerCall(target: string, call: InnerCallTask): void;
  /** It hangs; see LinkListener. */
  hung(worker: WorkerProcess, task: Task | null, timeoutMs: number): void;
  /** It runs out of request numbers. */
  wornOut(worker: WorkerProcess): void;
  /** It has sent what the protocol does not allow, and is killed. */
  broken(worker: WorkerProcess, error: Error): void;
}

/** What a worker does just now. */
export interface WorkerStatus {
  pid: number;
  state: "booting" | "warming" | "ready" | "retiring" | "hung" | "dead";
  /** Seconds since it was started. */
  age: number;
  answered: number;
  /** Bytes of memory it uses (RSS); null where the system does not tell. */
  memory: number | null;
  /** Why it is replaced, or will be as soon as its successor is ready; null if it is not. */
  recycled: string | null;
  /** Its requests, and for how many seconds it has had them. */
  running: { request: string; what: string; seconds: number }[];
}

/** One worker process: its start, its sockets, its output, its end. */
export class WorkerProcess {
  readonly id: number;
  readonly token: string = randomBytes(16).toString("hex");
  readonly link: WorkerLink;
  readonly startedAt: number = performance.now();
  /** When it had loaded the application. */
  readyAt = 0;
  /** It is being stopped on purpose. */
  stopping = false;
  /** Why another is to take its place; it serves until that is ready. */
  recycled: string | null = null;
  /** It hangs, and what is done about that. */
  hung: HungWorker | null = null;
  readonly #events: WorkerEvents;
  readonly #body: Body;
  readonly #runtime: WorkerOptions["runtime"];
  readonly #remains: Remains;
  readonly #stacks: StacksFile;
  /** How the pipes that it prints to are named; with `.stdout` and `.stderr` behind it. */
  readonly #output: string;
  readonly #limit: BootLimit;
  readonly #sockets: Map<Hello["carries"], Socket> = new Map();
  #failure: WorkerFailure | null = null;

  constructor(
    id: number,
    options: WorkerOptions,
    launch: Launch,
    home: Home,
    dispatcher: Dispatcher,
    events: WorkerEvents,
  ) {
    this.id = id;
    this.#events = events;
    this.#runtime = options.runtime;
    this.#stacks = new StacksFile(join(home.path, `worker-${id}.stacks`));
    const page = new Page(join(home.path, `worker-${id}.page`));
    this.link = new WorkerLink(String(id), options.threads, page, dispatcher, this.#linkListener());
    this.#remains = new Remains(
      home,
      (level, line) => this.#events.log(this, level, line, undefined),
      (exit) => this.#ended(exit),
    );
    this.#output = join(home.path, `worker-${id}`);
    const startUp = {
      id,
      token: this.token,
      parent: process.pid,
      socket: home.socketPath,
      page: page.path,
      stacks: this.#stacks.path,
      stackSignal: STACK_SIGNAL,
      output: this.#output,
      target: options.target,
      project: options.project,
      hooks: options.hooks,
      threads: options.threads,
      multiprocess: options.multiprocess,
      strictHeaders: options.strictHeaders,
    };
    this.#limit = new BootLimit(options.bootTimeout, {
      stacks: () => this.stacks(),
      failed: (failure) => {
        this.#failure = failure;
        this.#kill();
      },
    });
    this.#body = launch(startUp, this.#remains, {
      pid: (pid) => {
        this.link.pid = pid;
      },
      exit: (exit) => this.#remains.end(exit),
    });
  }

  get pid(): number {
    return this.link.pid;
  }

  /**
   * It has connected and shown its token: once for the requests it is given and once for its answers. Node drops what
   * it has not read of a socket as soon as a write to it fails, and no answer may be lost because a request crossed it.
   */
  connected(socket: Socket, { carries, pid }: Hello): void {
    if (this.link.broken) return void socket.destroy();
    const wrong = this.#wrongHello(carries, pid);
    if (wrong) {
      socket.destroy();
      return this.break(breach(wrong));
    }
    this.link.pid = pid;
    this.#sockets.set(carries, socket);
    if (carries === "output") {
      this.#remains.readOutputs(this.#output, pid);
      return void socket.destroy();
    }
    if (carries !== "answers") {
      socket.once("data", () => this.break(breach(`it speaks where it only listens (${carries})`)));
      return carries === "requests" ? this.link.attach(socket) : undefined;
    }
    const { answers } = this.link;
    readFrames(
      socket,
      (type, flags, id, buffer, start, end) => answers.frame(type, flags, id, buffer, start, end),
      (error) => this.break(error as Error),
      mostFromWorker,
    );
    this.link.page.unlink();
    this.#remains.awaitClose(socket);
    this.#body.connected?.(socket);
  }

  #wrongHello(carries: Hello["carries"], pid: number): string | null {
    if (carries === "orders") return "a hello of a worker says that it takes orders";
    if (this.#sockets.has(carries)) return `a second hello for ${carries}`;
    // Under a wrapper command nobody else knows it.
    if (this.#sockets.size > 0 && pid !== this.pid) {
      return `a hello says that the pid is ${pid}, and one before that it is ${this.pid}`;
    }
    return null;
  }

  /**
   * It has sent what the protocol does not allow: it is killed, and nothing more of it is heard. Not kill(), which is for
   * those that need no successor.
   */
  break(error: Error): void {
    const { link } = this;
    if (link.broken) return;
    link.break(error);
    if (this.readyAt === 0) {
      this.#failure = brokenAtStart(error);
    }
    this.#hangUp();
    this.#events.broken(this, error);
    this.#kill();
  }

  /** It has not come to take requests yet. */
  get starting(): boolean {
    return this.link.state === "booting" || this.link.state === "warming";
  }

  status(now: number): WorkerStatus {
    const { link } = this;
    const running = link.outstanding.map((task) => ({
      request: task.requestId,
      what: task.describe(),
      seconds: (now - task.sentAt) / 1000,
    }));
    const state = this.hung ? "hung" : link.state;
    const age = (now - this.startedAt) / 1000;
    const memory = residentBytes(this.pid);
    const { recycled } = this;
    return { pid: this.pid, state, age, answered: link.answered, memory, recycled, running };
  }

  /** For how many milliseconds it has had nothing to do. */
  idleFor(now: number): number {
    return this.link.busy ? 0 : now - Math.max(this.readyAt, this.link.headSince);
  }

  /** Where its threads are, also in a loop or deep in a call of C; JavaScript's only when not in such a call. */
  stacks(): Promise<string> {
    return this.#stacks.read(() => {
      if (this.#runtime === "python") return this.signal(STACK_SIGNAL);
      this.#body.askForStacks?.();
      return true;
    });
  }

  /**
   * Have what hangs interrupted. A signal reaches Python's main thread, also where it waits; other threads, and Node, are
   * interrupted from within.
   *
   * @param request its number, or null for what follows a response
   * @param begun the number of the request that it follows, else the same
   */
  interrupt(request: number | null, begun: number): void {
    const { link } = this;
    if (this.#runtime === "python" && link.threads === 1) {
      link.page.interrupt(begun);
      this.signal(INTERRUPT_SIGNAL);
    } else link.reply((out) => out.plain(INTERRUPT, request ?? 0));
  }

  /** The process is no more. */
  get ended(): boolean {
    return this.#remains.ended;
  }

  kill(): void {
    this.stopping = true;
    this.#kill();
  }

  /** Under a wrapper command the worker itself is not our child; it has told us its pid. */
  signal(signal: NodeJS.Signals | number): boolean {
    if (this.#remains.ended || this.pid === 0) return false;
    try {
      process.kill(this.pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  #hangUp(): void {
    for (const socket of this.#sockets.values()) {
      socket.destroy();
    }
  }

  #kill(): void {
    this.signal("SIGKILL");
    this.#body.kill();
  }

  #linkListener(): LinkListener {
    return {
      ready: (facts) => {
        this.#limit.met();
        this.readyAt = performance.now();
        if (facts.greenlets !== undefined) this.link.threads = 1;
        this.#events.ready(this, facts);
      },
      failed: (failure) => {
        this.#failure = failure;
      },
      log: (level, text, task) => this.#events.log(this, level, text, task),
      unopened: (error, task) => {
        reportIfNoDescriptor(error, "open a file");
        const message = `${task.describe()}: its file is sent by the worker: ${String(error)}`;
        this.#events.log(this, "info", message, task);
      },
      drained: () => this.#events.drained(this),
      answeredEnough: () => this.#events.answeredEnough(this),
      hung: (task, timeoutMs) => this.#events.hung(this, task, timeoutMs),
      wornOut: () => this.#events.wornOut(this),
      innerCall: (target, call) => this.#events.innerCall(target, call),
    };
  }

  /** Reaped, and all it sent is read: only now is it known what it had begun. */
  #ended(exit: Exit): void {
    this.#limit.met();
    this.#hangUp();
    this.#stacks.remove();
    const { stderr } = this.#remains;
    this.#events.ended(this, { ...exit, failure: this.#failure, stderr });
  }
}
