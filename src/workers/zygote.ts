import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { join } from "node:path";
import { BootLimit } from "./boot-limit.ts";
import { type Exit, startChild } from "./child.ts";
import { Forked } from "./forked.ts";
import { breach } from "../shared/message-shape.ts";
import { EXITED, FAILED, FORK, FORKED, jsonFrame, mostFromWorker, READY } from "../wire/frames.ts";
import type { Hello } from "../wire/hello.ts";
import type { Home } from "./runtime-directory.ts";
import {
  readExited,
  readFailure,
  readForked,
  readImported,
  brokenAtStart,
  type Imported,
  type WorkerFailure,
} from "../wire/facts.ts";
import { readFrames } from "../wire/frame-reader.ts";
import type { Launch, WorkerOptions } from "./launch.ts";
import { type ProcessEnd, Remains } from "./process-output.ts";
import { STACK_SIGNAL, StacksFile } from "./stacks.ts";

export interface ZygoteEvents {
  /** It has imported the application. */
  ready(imported: Imported): void;
  ended(end: ProcessEnd): void;
  log(pid: number, level: string, line: string): void;
  /** It has sent what the protocol does not allow, and is killed. */
  broken(pid: number, error: Error): void;
}

/** Where workers have numbers, a zygote has this. */
export const ZYGOTE_ID = 0;
/** Milliseconds it is given to end. */
const EXIT_TIME = 3000;

/** A Python process that imports the application once and forks workers: see python/quintet/zygote.py. */
export class Zygote {
  readonly token: string = randomBytes(16).toString("hex");
  readonly startedAt: number = performance.now();
  /** When it had imported the application; 0 before. */
  readyAt = 0;
  readonly #events: ZygoteEvents;
  readonly #child: ChildProcess;
  readonly #remains: Remains;
  readonly #stacks: StacksFile;
  readonly #limit: BootLimit;
  /** How the pipes that it prints to are named; with `.stdout` and `.stderr` behind it. */
  readonly #output: string;
  #outputs = false;
  /** Those that have not ended, by their number. */
  readonly #forked: Map<number, Forked> = new Map();
  #lastAsked = 0;
  #socket: Socket | null = null;
  #pid = 0;
  #failure: WorkerFailure | null = null;
  #broken = false;

  constructor(options: WorkerOptions, home: Home, number: number, events: ZygoteEvents) {
    this.#events = events;
    this.#stacks = new StacksFile(join(home.path, `zygote-${number}.stacks`));
    this.#remains = new Remains(
      home,
      (level, line) => events.log(this.pid, level, line),
      (exit) => this.#ended(exit),
    );
    this.#output = join(home.path, `zygote-${number}`);
    const startUp = {
      zygote: true,
      always: options.preload === true,
      id: ZYGOTE_ID,
      token: this.token,
      parent: process.pid,
      socket: home.socketPath,
      stacks: this.#stacks.path,
      stackSignal: STACK_SIGNAL,
      output: this.#output,
      target: options.target,
      project: options.project,
      hooks: options.hooks,
    };
    this.#child = startChild(options, startUp, null, this.#remains, (exit) =>
      this.#remains.end(exit),
    );
    this.#pid = this.#child.pid ?? 0;
    this.#limit = new BootLimit(options.bootTimeout, {
      stacks: () => this.#stacks.read(() => this.#signal(STACK_SIGNAL)),
      failed: (failure) => {
        this.#failure = failure;
        this.kill();
      },
    });
  }

  get pid(): number {
    return this.#pid;
  }

  get ready(): boolean {
    return this.readyAt > 0;
  }

  /** It has connected and shown its token. */
  connected(socket: Socket, { carries, pid }: Hello): void {
    if (this.#broken) return void socket.destroy();
    if (carries === "output" && !this.#outputs) {
      this.#outputs = true;
      this.#pid = pid;
      this.#remains.readOutputs(this.#output, pid);
      return void socket.destroy();
    }
    if (carries !== "orders" || this.#socket !== null) {
      socket.destroy();
      return this.break(breach(`a hello of what forks the workers, for ${carries}`));
    }
    this.#pid = pid;
    this.#socket = socket;
    this.#remains.awaitClose(socket);
    readFrames(
      socket,
      (type, _flags, _id, buffer, start, end) =>
        this.#told(type, buffer.toString("utf8", start, end)),
      (error) => this.break(error as Error),
      mostFromWorker,
    );
  }

  /** It is killed, and nothing more of it is heard; the workers it has forked go on. */
  break(error: Error): void {
    if (this.#broken) return;
    this.#broken = true;
    if (!this.ready) {
      this.#failure = brokenAtStart(error);
    }
    this.#socket?.destroy();
    this.#events.broken(this.pid, error);
    this.kill();
  }

  /** A worker as a fork. */
  readonly fork: Launch = (startUp, _remains, events) => {
    const forked = new Forked(this, startUp.id, events);
    this.#forked.set(startUp.id, forked);
    this.#lastAsked = startUp.id;
    this.#socket?.write(jsonFrame(FORK, startUp));
    return forked;
  };

  /** A worker that is this very process, where it cannot fork. */
  readonly become: Launch = (startUp, _remains, events) => {
    const forked = new Forked(this, startUp.id, events);
    this.#forked.set(startUp.id, forked);
    this.#lastAsked = startUp.id;
    forked.self = true;
    forked.born(this.pid);
    this.#socket?.write(jsonFrame(FORK, startUp));
    return forked;
  };

  get gone(): boolean {
    return this.#remains.ended;
  }

  forget(forked: Forked): void {
    this.#forked.delete(forked.id);
  }

  /** Close our side: it ends. */
  end(): void {
    if (this.#socket === null) return this.kill();
    this.#socket.end();
    setTimeout(() => this.kill(), EXIT_TIME).unref();
  }

  kill(): void {
    this.#signal("SIGKILL");
    this.#child.kill("SIGKILL");
  }

  /** Under a wrapper command it is not our child; it has told us its pid. */
  #signal(signal: NodeJS.Signals | number): boolean {
    if (this.gone || this.pid === 0) return false;
    try {
      return process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  /** @throws {QuintetError} QUINTET_PROTOCOL */
  #told(type: number, text: string): void {
    if (type === FAILED) {
      if (this.ready) throw breach("FAILED after READY");
      this.#failure = readFailure(text);
    } else if (type === READY) {
      if (this.ready) throw breach("READY a second time");
      const imported = readImported(text);
      this.#limit.met();
      this.readyAt = performance.now();
      this.#events.ready(imported);
    } else if (type === FORKED) {
      const { id, pid, error } = readForked(text);
      const forked = this.#forked.get(id);
      if (error !== undefined) forked?.exit({ code: null, signal: null, error: new Error(error) });
      else if (id > this.#lastAsked) throw breach(`FORKED for worker ${id}, which was not wanted`);
      else if (forked && forked.pid !== 0) throw breach(`FORKED for worker ${id} a second time`);
      // Else it has ended meanwhile.
      else forked?.born(pid);
    } else if (type === EXITED) {
      const { pid, code, signal } = readExited(text);
      // One that has been given up is no more among them.
      const forked = [...this.#forked.values()].find((each) => each.pid === pid);
      forked?.exit({ code, signal, error: null });
    } else throw breach(`a frame of type ${type} of what forks the workers`);
  }

  #ended(exit: Exit): void {
    this.#limit.met();
    this.#socket?.destroy();
    this.#stacks.remove();
    for (const forked of Array.from(this.#forked.values())) forked.orphaned(exit);
    const { stderr } = this.#remains;
    this.#events.ended({ ...exit, failure: this.#failure, stderr });
  }
}
