import type { Socket } from "node:net";
import { type DispatchLimits, Dispatcher } from "../dispatch/dispatcher.ts";
import type { CallTask } from "../dispatch/call-task.ts";
import type { LaneStatus } from "../dispatch/lanes.ts";
import type { Task } from "../dispatch/task.ts";
import { QuintetError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Hello, readHello } from "../worker/hello.ts";
import { Home } from "../worker/home.ts";
import type { WorkerFacts, WorkerLink } from "../worker/link.ts";
import {
  type WorkerEvents,
  type WorkerOptions,
  WorkerProcess,
  type WorkerStatus,
} from "../worker/process.ts";
import { describeEnd, type ProcessEnd } from "../worker/remains.ts";
import { ZYGOTE_ID } from "../worker/zygote.ts";
import { bootError } from "./boot-error.ts";
import { HungWorker } from "./hung-worker.ts";
import { Nursery } from "./nursery.ts";

export interface PoolOptions {
  worker: WorkerOptions;
  limits: DispatchLimits;
  /** Milliseconds that a worker is given to end what has run out of time. */
  timeoutGrace: number;
  log: Log;
  /** A worker calls another application. */
  onCall(target: string, call: CallTask): void;
}

/** The workers of one kind. */
export interface PoolStatus {
  target: string;
  /** How many there should be. */
  wanted: number;
  threads: number;
  /** Requests that wait for one, and how many of which paths. */
  waiting: number;
  lanes: LaneStatus[];
  workers: WorkerStatus[];
}

/** Milliseconds before a worker that did not start is tried again: the first time, and at most. */
const BACKOFF = 250;
const BACKOFF_MOST = 30_000;
/** Milliseconds a worker that has nothing to do is given to end. */
const EXIT_TIME = 3000;

/** Those whose workers may run. */
const open = new Set<Pool>();
process.on("exit", () => {
  for (const pool of open) pool.killAll();
});

/** Keeps N workers running, and gives the dispatcher those that are ready. */
export class Pool {
  readonly dispatcher: Dispatcher;
  readonly #options: PoolOptions;
  readonly #log: Log;
  readonly #home: Home;
  readonly #nursery: Nursery;
  readonly #workers: Map<number, WorkerProcess> = new Map();
  readonly #retries: Set<NodeJS.Timeout> = new Set();
  #nextId = 1;
  #failures = 0;
  #stopping = false;
  /** Another pool has taken over. */
  #retired = false;
  #stopped: Promise<void> | null = null;
  #started: { resolve(facts: WorkerFacts): void; reject(error: QuintetError): void } | null = null;
  /** So many workers are to be ready before it counts as started. */
  #wanted = 1;
  #allEnded: (() => void) | null = null;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#log = options.log;
    this.dispatcher = new Dispatcher(options.limits);
    this.dispatcher.onStuck = (link, task, timeout) => this.#stuck(link, task, timeout);
    this.dispatcher.onWornOut = (link) => this.#replace(this.#workerOf(link));
    this.#home = new Home((socket) => readHello(socket, (hello) => this.#connected(socket, hello)));
    this.#nursery = new Nursery(options.worker, this.#home, this.#log, {
      failed: (end, pid) => this.#notStarted(end, pid, () => this.#nursery.start()),
      log: (pid, level, line) => this.#logLine({ worker: pid }, level, line),
      empty: () => this.#checkAllEnded(),
    });
    open.add(this);
  }

  get size(): { workers: number; threads: number } {
    const { workers, threads } = this.#options.worker;
    return { workers, threads };
  }

  /**
   * Start the workers. Resolves when the first is ready.
   *
   * @param whole when all are, and none has failed
   * @throws {QuintetError} why the application cannot be loaded; nothing is left running then
   */
  async start(whole = false): Promise<WorkerFacts> {
    if (whole) this.#wanted = this.#options.worker.workers;
    const started = new Promise<WorkerFacts>((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    for (let count = 0; count < this.#options.worker.workers; count += 1) this.#spawn();
    try {
      return await started;
    } catch (error) {
      this.dispatcher.close(error as QuintetError, true);
      await this.stop();
      throw error;
    }
  }

  /** End the workers: those that run something are killed, so let the dispatcher become idle before. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    // Stopped before it had begun: whoever waits for the start must not wait for ever.
    this.#started?.reject(new QuintetError("QUINTET_STOPPING", "Stopped before it was ready."));
    this.#started = null;
    for (const timer of this.#retries) clearTimeout(timer);
    this.#nursery.stop();
    const ended = new Promise<void>((resolve) => {
      this.#allEnded = resolve;
    });
    for (const worker of Array.from(this.#workers.values())) {
      const { link } = worker;
      if (link.state === "booting" || link.busy) worker.kill();
      else this.#end(worker);
    }
    this.#checkAllEnded();
    await ended;
    open.delete(this);
    this.#home.close();
  }

  #spawn(): void {
    if (this.#stopping || this.#retired) return;
    this.#nursery.next((launch) => {
      const id = this.#nextId++;
      const { worker: options } = this.#options;
      const worker = new WorkerProcess(
        id,
        options,
        launch,
        this.#home,
        this.dispatcher,
        this.#events,
      );
      this.#workers.set(id, worker);
    });
  }

  readonly #events: WorkerEvents = {
    ready: (worker, facts) => this.#ready(worker, facts),
    ended: (worker, end) => this.#ended(worker, end),
    drained: (worker) => this.#end(worker),
    call: (target, call) => this.#options.onCall(target, call),
    log: (worker, level, text, task) => {
      // Nobody waits for what has run out of time; where it was then is in the log.
      const due = task?.expired ? "debug" : level;
      this.#logLine({ worker: worker.pid, request: task?.requestId }, due, text);
    },
    broken: (worker, error) => {
      this.#log.error({ err: error, worker: worker.pid }, "a worker sent what is no frame");
      // Not kill(), which is for those that need no successor.
      worker.signal("SIGKILL");
    },
  };

  /** Somebody connects: only who knows a worker's token is that worker. */
  #connected(socket: Socket, hello: Hello): void {
    const { id, token } = hello;
    const worker = this.#workers.get(id);
    const known = id === ZYGOTE_ID ? this.#nursery.claim(token) : worker?.token === token && worker;
    if (known) known.connected(socket, hello);
    else socket.destroy();
  }

  #ready(worker: WorkerProcess, facts: WorkerFacts): void {
    this.#failures = 0;
    this.dispatcher.add(worker.link);
    const took = Math.round(performance.now() - worker.startedAt);
    this.#log.debug({ worker: worker.pid }, `worker ready after ${took} ms`);
    if (this.dispatcher.links.length < this.#wanted) return;
    this.#started?.resolve(facts);
    this.#started = null;
  }

  /** Another takes over what has not begun; what has is finished here, and no worker is started any more. */
  retire(successor: Dispatcher): void {
    this.#retired = true;
    for (const timer of this.#retries) clearTimeout(timer);
    this.#nursery.stop();
    this.dispatcher.handOver(successor);
    for (const worker of this.#workers.values()) if (worker.link.state === "booting") worker.kill();
  }

  status(): PoolStatus {
    const { target, threads, workers } = this.#options.worker;
    const now = performance.now();
    return {
      target,
      wanted: workers,
      threads,
      waiting: this.dispatcher.waiting,
      lanes: this.dispatcher.lanes,
      workers: Array.from(this.#workers.values(), (worker) => worker.status(now)),
    };
  }

  #ended(worker: WorkerProcess, end: ProcessEnd): void {
    this.#workers.delete(worker.id);
    const wasReady = worker.link.state === "ready";
    const how = describeEnd(end);
    this.dispatcher.remove(worker.link, worker.link.lost(`worker ${worker.pid} ended: ${how}`));
    if (!worker.stopping && !this.#stopping) {
      if (wasReady) {
        this.#log.error({ worker: worker.pid }, `worker died (${how}), starting another`);
        this.#spawn();
      } else this.#notStarted(end, worker.pid, () => this.#spawn());
    }
    this.#checkAllEnded();
  }

  /** A process has ended before the application was loaded. */
  #notStarted(end: ProcessEnd, pid: number, again: () => void): void {
    const error = bootError(end, this.#options.worker.command.slice(0, -1));
    if (this.#started !== null) {
      this.#started.reject(error);
      this.#started = null;
      return;
    }
    this.#failures += 1;
    const delay = Math.min(BACKOFF * 2 ** (this.#failures - 1), BACKOFF_MOST);
    const fields = { worker: pid, code: error.code, detail: error.detail || undefined };
    this.#log.error(
      fields,
      `worker did not start: ${error.message} Next try in ${delay / 1000} s.`,
    );
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      again();
    }, delay);
    this.#retries.add(timer);
  }

  /** A worker hangs: its client has 504 already. No new work for it, and another in its place at once. */
  #stuck(link: WorkerLink, task: Task | null, timeout: number): void {
    const worker = this.#workerOf(link);
    if (!worker) return;
    this.#replace(worker);
    worker.hung ??= new HungWorker(worker, this.#options.timeoutGrace, this.#log);
    worker.hung.add(task, timeout);
  }

  /** Start another worker, let this one finish what it has begun. */
  #replace(worker: WorkerProcess | undefined): void {
    if (!worker || worker.stopping) return;
    worker.stopping = true;
    this.dispatcher.requeue(worker.link.retire());
    this.#spawn();
  }

  #end(worker: WorkerProcess): void {
    worker.stopping = true;
    worker.link.end();
    setTimeout(() => worker.kill(), EXIT_TIME).unref();
  }

  #workerOf(link: WorkerLink): WorkerProcess | undefined {
    return [...this.#workers.values()].find((worker) => worker.link === link);
  }

  #logLine(
    fields: { worker: number; request?: string | undefined },
    level: string,
    text: string,
  ): void {
    const [first = "", ...rest] = text.split("\n");
    const detail = rest.length > 0 ? { detail: text } : {};
    const write = level === "error" || level === "debug" ? level : "info";
    // Python tells what went wrong last, JavaScript first.
    const summary = first.startsWith("Traceback ") ? (rest.at(-1) as string) : first;
    this.#log[write]({ ...fields, ...detail }, summary);
  }

  #checkAllEnded(): void {
    if (!this.#stopping || this.#workers.size > 0) return;
    if (this.#nursery.empty) this.#allEnded?.();
    else this.#nursery.close();
  }

  /** For the end of the process, when nothing can be waited for. */
  killAll(): void {
    for (const worker of this.#workers.values()) worker.kill();
    this.#nursery.kill();
  }
}
