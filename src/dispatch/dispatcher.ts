import type { QuintetError } from "../shared/errors.ts";
import type { LinkOwner } from "./link/link-listener.ts";
import type { WorkerLink } from "./link/worker-link.ts";
import type { QueueStatus } from "./queue.ts";
import { type QueueLimits, queueFull, Queues, refuse } from "./queues.ts";
import { ReservedWorkers } from "./reserved-workers.ts";
import type { Task } from "./task.ts";
import type { TimeLimit } from "./time-limit.ts";
import { Timeouts } from "./timeouts.ts";

/** The limits of the settings for waiting and for running requests. */
export interface DispatchLimits extends QueueLimits {
  /** How long a request may run before its head, and between two chunks. */
  timeout: TimeLimit;
}

/** How often running requests are checked. */
const TICK_MS = 5;
/** If a tick comes later than this, the front was held up: answers that are there already must be read first. */
const MAX_TICK_DELAY_MS = 100;

/** Decides which worker gets the next request, and recalls what a slow worker has not begun. */
export class Dispatcher implements LinkOwner {
  readonly limits: DispatchLimits;
  readonly links: WorkerLink[] = [];
  readonly #queues: Queues;
  readonly #workers: ReservedWorkers;
  readonly #timeouts: Timeouts;
  #ticker: NodeJS.Timeout | null = null;
  /** Why new requests are refused; null while they are not. */
  #closed: QuintetError | null = null;
  #onIdle: (() => void) | null = null;
  #successor: Dispatcher | null = null;

  constructor(limits: DispatchLimits) {
    this.limits = limits;
    this.#queues = new Queues(limits);
    this.#workers = new ReservedWorkers(this.#queues, this.links);
    this.#timeouts = new Timeouts(limits.timeout, (link) => this.requeue(link.recall()));
  }

  /** How many requests wait for a worker. */
  get waiting(): number {
    return this.#queues.waiting;
  }

  /** What waits where. The first queue is that of the requests for which no workers are reserved. */
  get queues(): QueueStatus[] {
    return this.#queues.status();
  }

  /** How many requests workers have. */
  get running(): number {
    let count = 0;
    for (const link of this.links) count += link.outstanding.length;
    return count;
  }

  /** Age in milliseconds of the oldest unstarted request, here or at a worker. */
  longestWait(now: number): number {
    let since = now;
    for (const queue of this.#queues.all) since = Math.min(since, queue.peek()?.queuedAt ?? now);
    for (const link of this.links) {
      const waiting = link.outstanding.find((task) => !link.hasBegun(task));
      if (waiting !== undefined) since = Math.min(since, waiting.queuedAt);
    }
    return now - since;
  }

  /** A request is ready for a worker. */
  submit(task: Task): void {
    if (this.#successor !== null) return this.#successor.submit(task);
    const now = performance.now();
    task.markQueued(now);
    if (this.#closed) return refuse(task, this.#closed);
    if (this.#ticker === null) this.#arm();
    const queue = this.#queues.of(task);
    if (queue.length === 0) {
      const link = this.#workers.choose(queue);
      if (link !== null) return link.send(task, now);
    } else if (this.#queues.isFull(queue, now)) return refuse(task, queueFull(queue));
    queue.push(task);
  }

  /** A worker takes requests from now on. */
  add(link: WorkerLink): void {
    this.links.push(link);
    this.#pump();
  }

  /** A worker takes requests no more. What it had not begun runs elsewhere. */
  remove(link: WorkerLink, unbegun: Task[]): void {
    const index = this.links.indexOf(link);
    if (index >= 0) this.links.splice(index, 1);
    this.requeue(unbegun);
  }

  /** Queues requests again that a worker had and has not begun. */
  requeue(tasks: Task[]): void {
    if (tasks.length > 0) {
      const closed = this.#closed;
      if (this.#successor !== null) this.#successor.requeue(tasks);
      else if (closed) for (const task of tasks) refuse(task, closed);
      else this.#queues.giveBack(tasks);
      if (this.#ticker === null) this.#arm();
    }
    this.#pump();
    this.#checkIdle();
  }

  /** Everything that has not begun, and everything still to come, goes to the successor. What has begun is finished here. */
  handOver(successor: Dispatcher): void {
    this.#successor = successor;
    const waiting = this.#queues.clear();
    this.requeue([...this.links.flatMap((link) => link.retire()), ...waiting]);
  }

  /** A worker has room again. */
  freed(): void {
    if (this.waiting > 0) this.#pump();
    if (this.#onIdle) this.#checkIdle();
  }

  /**
   * Refuses new requests.
   *
   * @param queued whether to refuse those that wait, too
   */
  close(error: QuintetError, queued: boolean): void {
    this.#closed = error;
    if (!queued) return;
    for (const task of this.#queues.clear()) refuse(task, error);
    this.#checkIdle();
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (!this.#onIdle || this.waiting > 0 || this.running > 0) return;
    this.#onIdle();
    this.#onIdle = null;
  }

  #pump(): void {
    const now = performance.now();
    for (;;) {
      const next = this.#workers.next();
      if (next === null) return;
      next.link.send(next.task, now);
    }
  }

  #arm(again = false): void {
    const due = performance.now() + TICK_MS;
    this.#ticker = setTimeout(() => {
      this.#ticker = null;
      const now = performance.now();
      // What the workers sent while this process was held up is read before any request is called too slow.
      if (now - due > MAX_TICK_DELAY_MS && !again) return this.#arm(true);
      this.#tick(now);
      const isBusy = this.waiting > 0 || this.links.some((link) => link.busy);
      if (isBusy && this.#ticker === null) this.#arm();
    }, TICK_MS);
  }

  #tick(now: number): void {
    for (const link of this.links.slice()) {
      if (!link.busy) continue;
      const isSlow = this.#timeouts.check(link, now);
      if (isSlow && this.#isWorthRecalling(link)) this.requeue(link.recall());
    }
    this.#queues.refuseStale(now);
    this.#pump();
    this.#checkIdle();
  }

  /** Whether something waits at a slow worker that another worker could run now, or sooner. */
  #isWorthRecalling(link: WorkerLink): boolean {
    const last = link.outstanding.at(-1);
    if (last === undefined || link.isRecalling || link.hasBegun(last)) return false;
    // Behind a request that runs, it waits as long as that takes: in the queue it goes to the worker that is free first.
    if (link.threads === 1 && link.outstanding.length > 1) return this.links.length > 1;
    return this.#workers.choose(this.#queues.of(last), link) !== null;
  }
}
