import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Log } from "../../shared/log.ts";
import type { Hello, WorkerFailure } from "../../wire/json-messages.ts";
import { brokenAtStart } from "../../wire/message-readers.ts";
import { type OnFrame, readFrames } from "../../wire/frame-reader.ts";
import { maxPayloadFromWorker } from "../../wire/frames.ts";
import type { ProcessStartUp } from "../../wire/start-up.ts";
import { logBroken, logLine } from "../worker-log.ts";
import { BootTimeout } from "./boot-timeout.ts";
import type { Exit, ProcessEnd } from "./process-end.ts";
import { ProcessOutput } from "./process-output.ts";
import type { RuntimeDirectory } from "./runtime-directory.ts";
import { STACK_SIGNAL } from "./signals.ts";
import { StacksFile } from "./thread-stacks.ts";

/** Is notified of events in the life of a process. */
export interface ProcessListener<P, Facts> {
  /** The process has loaded the application. */
  loaded(process: P, facts: Facts): void;
  /** The process has been reaped, and everything that it sent has been read. */
  ended(process: P, end: ProcessEnd): void;
}

/** What workers and zygotes have in common: token, connections, output, stacks, boot timeout and end. */
export abstract class SupervisedProcess {
  /** A connection that shows this token comes from this process. */
  readonly token: string = randomBytes(16).toString("hex");
  /** When the process was started, from performance.now(). */
  readonly startedAt: number = performance.now();
  /** When the process had loaded the application, from performance.now(); 0 before. */
  loadedAt = 0;
  readonly output: ProcessOutput;
  protected readonly log: Log;
  /** The open connections of the process, by purpose. */
  protected readonly sockets: Map<Hello["carries"], Socket> = new Map();
  /** Why the process could not load the application. */
  protected failure: WorkerFailure | null = null;
  protected readonly bootTimeout: BootTimeout;
  readonly #directory: RuntimeDirectory;
  readonly #outputBase: string;
  readonly #stacks: StacksFile;
  #pid = 0;
  #broken = false;

  /**
   * @param name the first part of the names of its files
   * @param bootTimeoutMs how long it may take to load the application; 0 for no limit
   */
  constructor(name: string, bootTimeoutMs: number, directory: RuntimeDirectory, log: Log) {
    this.log = log;
    this.#directory = directory;
    this.#outputBase = directory.file(name);
    this.#stacks = new StacksFile(`${this.#outputBase}.stacks`);
    this.output = new ProcessOutput(
      directory,
      (level, line) => logLine(log, { worker: this.pid }, level, line),
      (exit) => this.#ended(exit),
    );
    this.bootTimeout = new BootTimeout(bootTimeoutMs, this);
  }

  /** 0 before it is known. */
  get pid(): number {
    return this.#pid;
  }

  /** The process has been reaped. */
  get exited(): boolean {
    return this.output.exited;
  }

  /** The process has broken the protocol and is being killed. */
  get broken(): boolean {
    return this.#broken;
  }

  /** The process has connected, and has shown its token. */
  abstract connected(socket: Socket, hello: Hello): void;

  /** Send SIGKILL because of a fault. */
  abstract fail(reason: string): void;

  /** The stacks of the threads of the process; "" if it does not write them in time. */
  stacks(): Promise<string> {
    return this.#stacks.read(() => this.requestStacks());
  }

  /** Note the reason to report if the process ends before it has loaded the application. */
  noteFailure(failure: WorkerFailure): void {
    this.failure = failure;
  }

  /** Kill the process, because it cannot load the application. */
  failToStart(failure: WorkerFailure): void {
    this.noteFailure(failure);
    this.fail(failure.message);
  }

  /** Kill the process because it has broken the protocol, and ignore everything it sends from now on. */
  break(error: Error): void {
    if (this.#broken) return;
    this.#broken = true;
    if (this.loadedAt === 0) this.failure = brokenAtStart(error);
    this.onBroken(error);
    this.#closeSockets();
    logBroken(this.log, this.pid, this.describe(), error);
    this.fail("it broke the protocol");
  }

  /** Note the pid. Under a wrapper command it is only known from the hello. */
  started(pid: number): void {
    this.#pid = pid;
  }

  /**
   * Send a signal. Under a wrapper command the process is not our child, so the pid is the one in its hello.
   *
   * @returns false if the process does not exist
   */
  signal(signal: NodeJS.Signals | number): boolean {
    if (this.exited || this.pid === 0) return false;
    try {
      process.kill(this.pid, signal);
      return true;
    } catch {
      return false;
    }
  }

  /** "worker", for the log. */
  protected abstract describe(): string;

  protected abstract onBroken(error: Error): void;

  protected abstract onEnded(end: ProcessEnd): void;

  /** @returns false if the process cannot be asked */
  protected requestStacks(): boolean {
    return this.signal(STACK_SIGNAL);
  }

  /** The part of the start-up message that is the same for workers and zygotes. */
  protected startUp(id: number): ProcessStartUp {
    return {
      id,
      token: this.token,
      parent: process.pid,
      socket: this.#directory.socketPath,
      stacks: this.#stacks.path,
      stackSignal: STACK_SIGNAL,
      output: this.#outputBase,
    };
  }

  /** The process has made the pipes that it prints to. */
  protected readPipes(pid: number): void {
    this.output.readPipes(this.#outputBase, pid);
  }

  /** Read frames from a connection. The process has ended only when this connection has closed. */
  protected listen(socket: Socket, onFrame: OnFrame): void {
    readFrames(socket, onFrame, (error) => this.break(error as Error), maxPayloadFromWorker);
    this.output.awaitClose(socket);
  }

  #closeSockets(): void {
    for (const socket of this.sockets.values()) socket.destroy();
  }

  /** Runs once everything has been read: only then is it known which requests the process had begun. */
  #ended(exit: Exit): void {
    this.bootTimeout.clear();
    this.#closeSockets();
    this.#stacks.remove();
    this.onEnded({ ...exit, failure: this.failure, stderr: this.output.stderr });
  }
}
