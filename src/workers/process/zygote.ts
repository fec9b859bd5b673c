import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Log } from "../../shared/log.ts";
import { breach } from "../../shared/message-shape.ts";
import { readExited, readFailure, readForked, readImported } from "../../wire/message-readers.ts";
import { EXITED, FAILED, FORK, FORKED, jsonFrame, READY } from "../../wire/frames.ts";
import type { Hello, Imported } from "../../wire/json-messages.ts";
import type { ZygoteStartUp } from "../../wire/start-up.ts";
import { ForkedProcess } from "./forked-process.ts";
import type { ProcessEnd } from "./process-end.ts";
import type { RuntimeDirectory } from "./runtime-directory.ts";
import { spawnProcess } from "./spawn-process.ts";
import type { StartWorker, WorkerOptions } from "./start-worker.ts";
import { type ProcessListener, SupervisedProcess } from "./supervised-process.ts";

/** The id of a zygote in its hello. Workers count from 1. */
export const ZYGOTE_ID = 0;
const EXIT_TIMEOUT_MS = 3000;

/** A Python process that imports the application once and forks workers: see python/quintet/worker/zygote/main.py. */
export class Zygote extends SupervisedProcess {
  readonly #listener: ProcessListener<Zygote, Imported>;
  readonly #child: ChildProcess;
  /** The workers that have not ended, by their id. */
  readonly #forks: Map<number, ForkedProcess> = new Map();
  /** The id of the last worker that was requested. */
  #lastId = 0;

  /** @param number which zygote of the pool this is, for the names of its files */
  constructor(
    options: WorkerOptions,
    directory: RuntimeDirectory,
    number: number,
    log: Log,
    listener: ProcessListener<Zygote, Imported>,
  ) {
    super(`zygote-${number}`, options.bootTimeoutMs, directory, log);
    this.#listener = listener;
    const startUp: ZygoteStartUp = {
      ...this.startUp(ZYGOTE_ID),
      zygote: true,
      always: options.preload === true,
      target: options.target,
      project: options.project,
      hooks: options.hooks,
    };
    this.bootTimeout.start();
    this.#child = spawnProcess(options, startUp, null, this);
  }

  get ready(): boolean {
    return this.loadedAt > 0;
  }

  override connected(socket: Socket, { carries, pid }: Hello): void {
    if (this.broken) return void socket.destroy();
    const isNew = !this.sockets.has(carries);
    if (!isNew || (carries !== "output" && carries !== "orders")) {
      socket.destroy();
      return this.break(breach(`a hello for ${carries}, where output or orders are expected`));
    }
    this.started(pid);
    this.sockets.set(carries, socket);
    if (carries === "output") {
      this.readPipes(pid);
      return void socket.destroy();
    }
    this.listen(socket, (type, _flags, _id, buffer, start, end) =>
      this.#frame(type, buffer.toString("utf8", start, end)),
    );
  }

  /** Start a worker as a fork. */
  readonly fork: StartWorker = (startUp, owner) => this.#start(startUp, owner, false);

  /** Turn the zygote itself into a worker, because it cannot fork. */
  readonly become: StartWorker = (startUp, owner) => {
    const forked = this.#start(startUp, owner, true);
    forked.forked(this.pid);
    return forked;
  };

  #start(startUp: { id: number }, owner: SupervisedProcess, isZygote: boolean): ForkedProcess {
    const forked = new ForkedProcess(this, startUp.id, owner, isZygote);
    this.#forks.set(startUp.id, forked);
    this.#lastId = startUp.id;
    this.sockets.get("orders")?.write(jsonFrame(FORK, startUp));
    return forked;
  }

  forget(forked: ForkedProcess): void {
    this.#forks.delete(forked.id);
  }

  /** Have the zygote exit by closing its connection. After EXIT_TIMEOUT_MS it is killed. */
  end(): void {
    const socket = this.sockets.get("orders");
    if (socket === undefined) return this.kill();
    socket.end();
    setTimeout(() => this.kill(), EXIT_TIMEOUT_MS).unref();
  }

  kill(): void {
    this.signal("SIGKILL");
    this.#child.kill("SIGKILL");
  }

  override fail(): void {
    this.kill();
  }

  protected override describe(): string {
    return "the process that workers are forked from";
  }

  /** The workers that it has forked keep running. */
  protected override onBroken(): void {}

  /** @throws {QuintetError} QUINTET_PROTOCOL */
  #frame(type: number, text: string): void {
    switch (type) {
      case FAILED:
        if (this.ready) throw breach("FAILED after READY");
        this.failure = readFailure(text);
        return;
      case READY:
        if (this.ready) throw breach("READY a second time");
        return this.#imported(readImported(text));
      case FORKED:
        return this.#forked(text);
      case EXITED:
        return this.#exited(text);
      default:
        throw breach(`a frame of type ${type}`);
    }
  }

  #imported(imported: Imported): void {
    this.bootTimeout.clear();
    this.loadedAt = performance.now();
    this.#listener.loaded(this, imported);
  }

  #forked(text: string): void {
    const { id, pid, error } = readForked(text);
    const forked = this.#forks.get(id);
    if (error !== undefined) {
      return forked?.exit({ code: null, signal: null, error: new Error(error) });
    }
    if (id > this.#lastId) throw breach(`FORKED for worker ${id}, which was not asked for`);
    // A worker that was killed before this report is not among the forks any more.
    if (forked === undefined) return;
    if (forked.pid !== 0) throw breach(`FORKED for worker ${id} a second time`);
    forked.forked(pid);
  }

  #exited(text: string): void {
    const { pid, code, signal } = readExited(text);
    for (const forked of this.#forks.values()) {
      if (forked.pid === pid) return forked.exit({ code, signal, error: null });
    }
  }

  protected override onEnded(end: ProcessEnd): void {
    for (const forked of Array.from(this.#forks.values())) forked.orphaned(end);
    this.#listener.ended(this, end);
  }
}
