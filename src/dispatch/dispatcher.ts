import { QuintetError } from "../shared/errors.ts";
import type { WorkerLink } from "./link/worker-link.ts";
import { type Lane, Lanes, type LaneStatus } from "./reserved-workers.ts";
import type { Task } from "./task.ts";
import type { TimeLimit } from "./time-limit.ts";
import { Watch, type WatchActions } from "./timeouts.ts";

export interface DispatchLimits {
  /** How long a request may run before its head, and between two chunks. */
  timeout: TimeLimit;
  /** Requests that may wait, in each lane. */
  backlog: number;
  /** Milliseconds a request may wait. */
  queueTimeout: number;
  /** Workers that are kept for the requests of these paths. */
  keepWorkers: Readonly<Record<string, number>>;
}

/** See WatchActions. */
export type OnStuck = WatchActions["stuck"];

/** Every so many milliseconds the running requests are looked at. */
const TICK = 5;
/** A look that comes later than this, in milliseconds, may come before answers that are there already. */
const LATE = 100;
/** Milliseconds between two looks through a full queue. */
const SWEEP = 50;

/** One queue, unless workers are kept for some; decides which worker gets the next request, and takes back what a slow or lost worker had not begun. */
export class Dispatcher {
  readonly limits: DispatchLimits;
  readonly links: WorkerLink[] = [];
  onStuck: OnStuck = () => {};
  onWornOut: (link: WorkerLink) => void = () => {};
  readonly #lanes: Lanes;
  readonly #watch: Watch;
  #ticker: NodeJS.Timeout | null = null;
  /** Set when nothing can be answered any more. */
  #closed: QuintetError | null = null;
  #idle: (() => void) | null = null;
  #sweptAt = -Infinity;
  #successor: Dispatcher | null = null;

  constructor(limits: DispatchLimits) {
    this.limits = limits;
    this.#lanes = new Lanes(limits.keepWorkers);
    this.#watch = new Watch(limits.timeout, {
      links: this.links,
      couldRun: (task, than) => this.#lanes.choose(this.#lanes.of(task), this.links, than) !== null,
      requeue: (tasks) => this.requeue(tasks),
      stuck: (link, task, timeout) => this.onStuck(link, task, timeout),
    });
  }

  get waiting(): number {
    return this.#lanes.waiting;
  }

  /** What waits where; the first is that of all requests for which no worker is kept. */
  get lanes(): LaneStatus[] {
    return this.#lanes.status();
  }

  get running(): number {
    let count = 0;
    for (const link of this.links) count += link.outstanding.length;
    return count;
  }

  /** For how many milliseconds that request has waited to begin which has waited longest, here or at a worker. */
  longestWait(now: number): number {
    let since = now;
    for (const { queue } of this.#lanes.all) {
      since = Math.min(since, queue.peek()?.queuedAt ?? now);
    }
    for (const link of this.links) {
      const waits = link.outstanding.find((task) => !link.hasBegun(task));
      if (waits !== undefined) since = Math.min(since, waits.queuedAt);
    }
    return now - since;
  }

  submit(task: Task): void {
    if (this.#successor !== null) return this.#successor.submit(task);
    const now = performance.now();
    task.queuedAt = now;
    if (this.#closed) return refuse(task, this.#closed);
    if (this.#ticker === null) this.#arm();
    const lane = this.#lanes.of(task);
    if (lane.queue.length === 0) {
      const link = this.#lanes.choose(lane, this.links);
      if (link !== null) return link.send(task, now);
    } else if (this.#isFull(lane, now)) return refuse(task, queueFull(lane));
    lane.queue.push(task);
  }

  /** Those whose clients have left take nobody's place. Not looked for with each request that is refused. */
  #isFull({ queue }: Lane, now: number): boolean {
    if (queue.length < this.limits.backlog) return false;
    if (now - this.#sweptAt < SWEEP) return true;
    this.#sweptAt = now;
    for (const each of this.#lanes.all) {
      for (const task of each.queue.takeAbandoned()) task.release();
    }
    return queue.length >= this.limits.backlog;
  }

  add(link: WorkerLink): void {
    this.links.push(link);
    this.#pump();
  }

  /** A worker has no more part in this; what it had not begun runs elsewhere. */
  remove(link: WorkerLink, unbegun: Task[]): void {
    const index = this.links.indexOf(link);
    if (index >= 0) this.links.splice(index, 1);
    this.requeue(unbegun);
  }

  /** Requests that were given to a worker and not begun by it. */
  requeue(tasks: Task[]): void {
    if (tasks.length > 0) {
      if (this.#successor !== null) this.#successor.requeue(tasks.splice(0));
      const closed = this.#closed;
      if (closed) for (const task of tasks) refuse(task, closed);
      else this.#lanes.giveBack(tasks);
      if (this.#ticker === null) this.#arm();
    }
    this.#pump();
    this.#checkIdle();
  }

  /** Whatever has not begun here, and whatever still comes, goes to another; what has begun is finished here. */
  handOver(successor: Dispatcher): void {
    this.#successor = successor;
    const waiting = this.#lanes.clear();
    this.requeue([...this.links.flatMap((link) => link.retire()), ...waiting]);
  }

  /** A worker has room again. */
  freed(_link: WorkerLink): void {
    if (this.waiting > 0) this.#pump();
    if (this.#idle) this.#checkIdle();
  }

  wornOut(link: WorkerLink): void {
    this.onWornOut(link);
  }

  /** Refuse new requests with `error`, and those that wait if `queued`. */
  close(error: QuintetError, queued: boolean): void {
    this.#closed = error;
    if (!queued) return;
    for (const task of this.#lanes.clear()) refuse(task, error);
    this.#checkIdle();
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle = resolve;
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (!this.#idle || this.waiting > 0 || this.running > 0) return;
    this.#idle();
    this.#idle = null;
  }

  #pump(): void {
    const now = performance.now();
    for (;;) {
      const next = this.#lanes.next(this.links);
      if (next === null) return;
      next.link.send(next.task, now);
    }
  }

  #arm(again = false): void {
    const due = performance.now() + TICK;
    this.#ticker = setTimeout(() => {
      this.#ticker = null;
      const now = performance.now();
      // This process was held up. What the workers have sent meanwhile is read before anything is called too slow.
      if (now - due > LATE && !again) return this.#arm(true);
      this.#tick(now);
      const busy = this.waiting > 0 || this.links.some((link) => link.busy);
      if (busy && this.#ticker === null) this.#arm();
    }, TICK);
  }

  #tick(now: number): void {
    for (const link of this.links.slice()) {
      if (link.busy) this.#watch.look(link, now);
    }
    this.#refuseTheStale(now);
    this.#pump();
    this.#checkIdle();
  }

  #refuseTheStale(now: number): void {
    for (const { queue } of this.#lanes.all) {
      let task = queue.peek();
      while (
        task !== undefined &&
        (task.abandoned || now - task.queuedAt > this.limits.queueTimeout)
      ) {
        queue.shift();
        const message = `no worker was free within ${this.limits.queueTimeout / 1000} s`;
        refuse(task, new QuintetError("QUINTET_QUEUE_TIMEOUT", message));
        task = queue.peek();
      }
    }
  }
}

function queueFull({ pattern, queue }: Lane): QuintetError {
  const whose = pattern && ` for ${pattern}`;
  const message = `${queue.length} requests${whose} wait for a worker already`;
  return new QuintetError("QUINTET_QUEUE_FULL", message);
}

function refuse(task: Task, error: QuintetError): void {
  if (!task.abandoned) task.onFail(503, error);
  task.release();
}
