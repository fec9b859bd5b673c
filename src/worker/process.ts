import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, truncateSync } from "node:fs";
import { constants } from "node:os";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { CallTask } from "../dispatch/call-task.ts";
import type { Task } from "../dispatch/task.ts";
import type { HungWorker } from "../supervisor/hung-worker.ts";
import { INTERRUPT } from "./frames.ts";
import type { Home } from "./home.ts";
import { INTERRUPT_SIGNAL } from "./interrupt.ts";
import { type LinkEvents, type WorkerFacts, type WorkerFailure, WorkerLink } from "./link.ts";
import { Page } from "./page.ts";

/** What is to be run, the same for all workers. */
export interface WorkerOptions {
  /** What runs the application. */
  runtime: "python" | "node";
  /** The command that starts a worker. */
  command: string[];
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** Put first on sys.path. */
  project: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  threads: number;
  workers: number;
}

export interface WorkerEvents {
  ready(worker: WorkerProcess, facts: WorkerFacts): void;
  /** The process has ended, and everything it sent is read. `failure` if it said why it could not start. */
  ended(worker: WorkerProcess, end: WorkerEnd): void;
  log(worker: WorkerProcess, level: string, text: string, task: Task | undefined): void;
  drained(worker: WorkerProcess): void;
  /** It calls an application that other workers run. */
  call(target: string, call: CallTask): void;
}

export interface WorkerEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  failure: WorkerFailure | null;
  /** Its last words on stderr. */
  stderr: string[];
  error: Error | null;
}

/** What a worker does just now. */
export interface WorkerStatus {
  pid: number;
  state: "booting" | "ready" | "retiring" | "hung" | "dead";
  /** Seconds since it was started. */
  age: number;
  answered: number;
  /** Its requests, and for how many seconds it has had them. */
  running: { request: string; what: string; seconds: number }[];
}

/** Asks Python's faulthandler for the stacks of all threads; free of any other meaning in common libraries. */
const STACK_SIGNAL = process.platform === "linux" ? 63 : constants.signals.SIGUSR2;
/** How long a worker is given to write them, and how often is looked, in milliseconds. */
const STACK_TIME = 1000;
const STACK_PAUSE = 50;

/** One worker process: its start, its socket, its output, its end. */
export class WorkerProcess {
  readonly id: number;
  readonly token: string = randomBytes(16).toString("hex");
  readonly link: WorkerLink;
  readonly startedAt: number = performance.now();
  /** It is being stopped on purpose. */
  stopping = false;
  /** It hangs, and what is done about that. */
  hung: HungWorker | null = null;
  readonly #events: WorkerEvents;
  readonly #child: ChildProcess;
  readonly #stacks: string;
  readonly #runtime: WorkerOptions["runtime"];
  readonly #stderr: string[] = [];
  readonly #sockets: Socket[] = [];
  #failure: WorkerFailure | null = null;
  #waitFor = 1;
  #end: WorkerEnd | null = null;
  #error: Error | null = null;

  constructor(
    id: number,
    options: WorkerOptions,
    home: Home,
    dispatcher: Dispatcher,
    events: WorkerEvents,
  ) {
    this.id = id;
    this.#events = events;
    this.#runtime = options.runtime;
    this.#stacks = join(home.path, `worker-${id}.stacks`);
    const page = new Page(join(home.path, `worker-${id}.page`));
    this.link = new WorkerLink(String(id), options.threads, page, dispatcher, this.#linkEvents());
    const startUp = {
      id,
      token: this.token,
      parent: process.pid,
      socket: home.socketPath,
      page: page.path,
      stacks: this.#stacks,
      stackSignal: STACK_SIGNAL,
      target: options.target,
      project: options.project,
      threads: options.threads,
      workers: options.workers,
    };
    const [program, ...args] = options.command;
    this.#child = spawn(program as string, args, {
      cwd: options.cwd,
      env: { ...options.env, QUINTET_WORKER: JSON.stringify(startUp) },
      // A process group of its own: Ctrl-C on the terminal is for the front.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.link.pid = this.#child.pid ?? 0;
    this.#child.on("error", (error) => {
      this.#error = error;
      if (this.#child.pid === undefined) this.#ended(null, null);
    });
    this.#child.on("exit", (code, signal) => this.#ended(code, signal));
    this.#child.stdin?.on("error", () => {});
    this.#readLines(this.#child.stdout, "info", null);
    this.#readLines(this.#child.stderr, "warn", this.#stderr);
  }

  get pid(): number {
    return this.link.pid;
  }

  /**
   * It has connected and shown its token: once for the requests it is given and once for its answers. Node drops what
   * it has not read of a socket as soon as a write to it fails, and no answer may be lost because a request crossed it.
   */
  connected(socket: Socket, carries: "requests" | "answers", pid: number): void {
    this.link.pid = pid;
    this.#sockets.push(socket);
    if (carries === "requests") return this.link.attach(socket);
    this.link.page.unlink();
    this.#waitFor += 1;
    socket.on("close", () => this.#settle());
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
    return { pid: this.pid, state, age, answered: link.answered, running };
  }

  /** Where its threads are, also in a loop or deep in a call of C; JavaScript's only when not in such a call. */
  async stacks(): Promise<string> {
    emptyFile(this.#stacks);
    if (this.#runtime === "node") this.#child.stdin?.write("stacks\n");
    else if (!this.signal(STACK_SIGNAL)) return "";
    // There is no sign of its end: it is whole when it has not grown for a while.
    let text = "";
    for (let waited = 0; waited < STACK_TIME; waited += STACK_PAUSE) {
      await new Promise((resolve) => setTimeout(resolve, STACK_PAUSE));
      const before = text;
      text = readText(this.#stacks);
      if (text && text === before) break;
    }
    return text.trim();
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

  kill(): void {
    this.stopping = true;
    this.signal("SIGKILL");
    this.#child.kill("SIGKILL");
  }

  /** Under a wrapper command the worker itself is not our child; it has told us its pid. */
  signal(signal: NodeJS.Signals | number): boolean {
    if (this.#end || this.pid === 0) return false;
    try {
      process.kill(this.pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  #linkEvents(): LinkEvents {
    return {
      ready: (facts) => this.#events.ready(this, facts),
      failed: (failure) => {
        this.#failure = failure;
      },
      log: (level, text, task) => this.#events.log(this, level, text, task),
      unopened: (error, task) =>
        this.#events.log(
          this,
          "info",
          `${task.describe()}: its file is sent by the worker: ${String(error)}`,
          task,
        ),
      drained: () => this.#events.drained(this),
      call: (target, call) => this.#events.call(target, call),
    };
  }

  #readLines(stream: NodeJS.ReadableStream | null, level: string, keep: string[] | null): void {
    if (!stream) return;
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    this.#waitFor += 1;
    lines.on("line", (line) => {
      if (keep) {
        keep.push(line);
        if (keep.length > 40) keep.shift();
      }
      this.#events.log(this, level, line, undefined);
    });
    lines.on("close", () => this.#settle());
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#end) return;
    const end = { code, signal, failure: null, stderr: this.#stderr, error: this.#error };
    this.#end = end;
    // It may have connected and said why it ends just before: those turns of the loop accept that and read it.
    afterTurns(5, () => this.#settle());
    // A grandchild may hold its output open for ever; the rest of it is not waited for. On a machine that has kept us
    // from running all that time, what is there to be read comes first here, too.
    setTimeout(() => afterTurns(5, () => this.#settle(true)), 200).unref();
  }

  /** Reaped, and all it sent is read: only now is it known what it had begun. */
  #settle(force = false): void {
    this.#waitFor -= 1;
    if (!this.#end || (this.#waitFor > 0 && !force) || this.#waitFor === -Infinity) return;
    this.#waitFor = -Infinity;
    // A process that the application has forked may hold the other ends. What it prints is still logged, but not
    // waited for when the server stops.
    for (const socket of this.#sockets) socket.destroy();
    for (const output of [this.#child.stdout, this.#child.stderr])
      (output as Socket | null)?.unref();
    rmSync(this.#stacks, { force: true });
    this.#events.ended(this, { ...this.#end, failure: this.#failure });
  }
}

/** Run something after so many turns of the event loop, each of which reads what has come. */
function afterTurns(turns: number, run: () => void): void {
  setImmediate(() => (turns > 1 ? afterTurns(turns - 1, run) : run()));
}

function emptyFile(file: string): void {
  try {
    truncateSync(file);
  } catch {
    // not there yet
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
