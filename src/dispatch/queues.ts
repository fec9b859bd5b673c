import { PathValues } from "../shared/by-path.ts";
import { QuintetError } from "../shared/errors.ts";
import { pathOf } from "./request-path.ts";
import { type QueueStatus, RequestQueue } from "./queue.ts";
import type { Task } from "./task.ts";

/** The limits of the settings for requests that wait. */
export interface QueueLimits {
  /** Requests that may wait, in each queue. */
  backlog: number;
  /** Milliseconds a request may wait. */
  queueTimeout: number;
  /** Workers that are reserved for the requests of these paths. */
  keepWorkers: Readonly<Record<string, number>>;
}

/** How often a full queue is searched for requests whose clients have left, at most. */
const SWEEP_INTERVAL_MS = 50;

/**
 * The requests that wait for a worker: in one queue, and in a queue of their own for each pattern that workers are reserved
 * for. Limits how many may wait, and for how long.
 */
export class Queues {
  readonly all: readonly RequestQueue[];
  readonly #limits: QueueLimits;
  readonly #general = new RequestQueue("", 0);
  /** Null if no workers are reserved; then no path is looked at. */
  readonly #byPath: PathValues<RequestQueue> | null;
  #sweptAt = -Infinity;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
    const own = Object.entries(limits.keepWorkers).map(
      ([pattern, reserved]): [string, RequestQueue] => [
        pattern,
        new RequestQueue(pattern, reserved),
      ],
    );
    this.all = [this.#general, ...own.map(([, queue]) => queue)];
    this.#byPath = own.length === 0 ? null : new PathValues(Object.fromEntries(own), this.#general);
  }

  /** Whether workers are reserved for some requests. */
  get areReserved(): boolean {
    return this.#byPath !== null;
  }

  /** The queue of a request. */
  of(task: Task): RequestQueue {
    if (this.#byPath === null) return this.#general;
    task.queue = this.#byPath.of(pathOf(task.environ));
    return task.queue;
  }

  /** How many requests wait. */
  get waiting(): number {
    let count = 0;
    for (const { length } of this.all) count += length;
    return count;
  }

  status(): QueueStatus[] {
    return this.all.map((queue) => queue.status());
  }

  /** Puts requests that a worker had not begun back where they were. They come oldest first. */
  giveBack(tasks: Task[]): void {
    if (this.#byPath === null) return this.#general.giveBack(tasks);
    for (const [queue, own] of Map.groupBy(tasks, (task) => this.of(task))) queue.giveBack(own);
  }

  /** Takes out everything that waits, oldest first. */
  clear(): Task[] {
    const tasks = this.all.flatMap((queue) => queue.clear());
    return this.all.length === 1 ? tasks : tasks.toSorted((a, b) => a.queuedAt - b.queuedAt);
  }

  /**
   * Whether a queue takes no more requests. Those whose clients have left do not count, but they are not searched for with every
   * request that is refused.
   */
  isFull(queue: RequestQueue, now: number): boolean {
    const { backlog } = this.#limits;
    if (queue.length < backlog) return false;
    if (now - this.#sweptAt < SWEEP_INTERVAL_MS) return true;
    this.#sweptAt = now;
    for (const each of this.all) {
      for (const task of each.takeAbandoned()) task.release();
    }
    return queue.length >= backlog;
  }

  /** Refuses the requests that have waited too long. */
  refuseStale(now: number): void {
    const { queueTimeout } = this.#limits;
    for (const queue of this.all) {
      let task = queue.peekWanted();
      while (task !== undefined && now - task.queuedAt > queueTimeout) {
        queue.shift();
        const message = `no worker was free within ${queueTimeout / 1000} s`;
        refuse(task, new QuintetError("QUINTET_QUEUE_TIMEOUT", message));
        task = queue.peekWanted();
      }
    }
  }
}

/** The error of a request that finds its queue full. */
export function queueFull({ pattern, length }: RequestQueue): QuintetError {
  const whose = pattern && ` for ${pattern}`;
  const message = `${length} requests${whose} wait for a worker already`;
  return new QuintetError("QUINTET_QUEUE_FULL", message);
}

/** Answers a request that no worker gets. */
export function refuse(task: Task, error: QuintetError): void {
  if (!task.abandoned) task.onFail(503, error);
  task.release();
}
