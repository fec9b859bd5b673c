import { QuintetError } from "../errors.ts";
import type { WorkerLink } from "../worker/link.ts";
import { TaskQueue } from "./queue.ts";
import type { Task } from "./task.ts";

export interface DispatchLimits {
  /** Milliseconds a request may run before its head, and between two chunks; 0 for no limit. */
  timeout: number;
  /** Requests that may wait. */
  backlog: number;
  /** Milliseconds a request may wait. */
  queueTimeout: number;
}

/** A worker hangs in `task`, which has been answered, or in what it does after a response if there is none. */
export type OnStuck = (link: WorkerLink, task: Task | null) => void;

/** Every so many milliseconds the running requests are looked at. */
const TICK = 5;
/** A request that runs longer than this, in milliseconds, is one that others should not wait behind. */
const SLOW = 10;

/** One queue; decides which worker gets the next request, and takes back what a slow or lost worker had not begun. */
export class Dispatcher {
  readonly limits: DispatchLimits;
  readonly links: WorkerLink[] = [];
  onStuck: OnStuck = () => {};
  onWornOut: (link: WorkerLink) => void = () => {};
  readonly #queue = new TaskQueue();
  #ticker: NodeJS.Timeout | null = null;
  /** Set when nothing can be answered any more. */
  #closed: QuintetError | null = null;
  #idle: (() => void) | null = null;

  constructor(limits: DispatchLimits) {
    this.limits = limits;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get running(): number {
    let count = 0;
    for (const link of this.links) count += link.outstanding.length;
    return count;
  }

  submit(task: Task): void {
    const now = performance.now();
    task.queuedAt = now;
    if (this.#closed) return refuse(task, this.#closed);
    if (this.#ticker === null) this.#arm();
    if (this.#queue.length === 0) {
      const link = this.#pick();
      if (link !== null) return link.send(task, now);
    } else if (this.#queue.length >= this.limits.backlog) {
      const message = `${this.#queue.length} requests wait for a worker already`;
      return refuse(task, new QuintetError("QUINTET_QUEUE_FULL", message));
    }
    this.#queue.push(task);
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
      const closed = this.#closed;
      if (closed) for (const task of tasks) refuse(task, closed);
      else this.#queue.giveBack(tasks);
    }
    this.#pump();
    this.#checkIdle();
  }

  /** A worker has room again. */
  freed(_link: WorkerLink): void {
    if (this.#queue.length > 0) this.#pump();
    if (this.#idle) this.#checkIdle();
  }

  wornOut(link: WorkerLink): void {
    this.onWornOut(link);
  }

  /** Refuse new requests with `error`, and those that wait if `queued`. */
  close(error: QuintetError, queued: boolean): void {
    this.#closed = error;
    if (!queued) return;
    for (const task of this.#queue.clear()) refuse(task, error);
    this.#checkIdle();
  }

  open(): void {
    this.#closed = null;
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle = resolve;
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (!this.#idle || this.#queue.length > 0 || this.running > 0) return;
    this.#idle();
    this.#idle = null;
  }

  /** A worker that does nothing, else the one with the least to do that has room. */
  #pick(): WorkerLink | null {
    let best: WorkerLink | null = null;
    let least = Infinity;
    for (const link of this.links) {
      if (link.room <= 0) continue;
      const load = link.outstanding.length;
      if (load === 0) return link;
      if (load < least) {
        least = load;
        best = link;
      }
    }
    return best;
  }

  #pump(): void {
    while (this.#queue.length > 0) {
      if ((this.#queue.peek() as Task).abandoned) {
        (this.#queue.shift() as Task).release();
        continue;
      }
      const link = this.#pick();
      if (link === null) return;
      link.send(this.#queue.shift() as Task, performance.now());
    }
  }

  #arm(): void {
    this.#ticker = setTimeout(() => {
      this.#ticker = null;
      this.#tick(performance.now());
      const busy = this.#queue.length > 0 || this.links.some((link) => link.busy);
      if (busy && this.#ticker === null) this.#arm();
    }, TICK);
  }

  #tick(now: number): void {
    for (const link of this.links.slice()) {
      if (!link.busy) continue;
      if (link.threads === 1) this.#lookAtHead(link, now);
      else this.#lookAtAll(link, now);
    }
    this.#refuseTheStale(now);
    this.#pump();
  }

  /** One thread: only the first can run; the others wait behind it, and should not for long. */
  #lookAtHead(link: WorkerLink, now: number): void {
    const head = link.outstanding[0];
    if (head === undefined) {
      // What was recalled is not handed back: the worker hangs in what follows a response, such as close().
      if (this.#overdue(now - link.headSince)) this.onStuck(link, null);
      return;
    }
    const began = Math.max(link.headSince, head.sentAt);
    if (now - began <= SLOW) return;
    link.slow = true;
    const overdue =
      !head.stalled && !head.expired && this.#overdue(now - Math.max(began, head.clock));
    if (overdue || this.#worthRecalling(link, head)) {
      const back = link.recall();
      // The head itself comes back if the worker hangs in what follows the response before it.
      if (overdue) this.#expire(link, head.link === link ? head : null);
      if (back.length > 0) this.requeue(back);
    }
  }

  /** Somebody else could run what waits here. The head too may wait: for the close() of the response before it. */
  #worthRecalling(link: WorkerLink, head: Task): boolean {
    if (link.outstanding.length > 1) return this.links.length > 1;
    if (link.examined === head.id) return false;
    if (!this.links.some((other) => other !== link && other.room > 0)) return false;
    link.examined = head.id;
    return true;
  }

  #overdue(milliseconds: number): boolean {
    return this.limits.timeout > 0 && milliseconds > this.limits.timeout;
  }

  #lookAtAll(link: WorkerLink, now: number): void {
    for (const task of link.outstanding.slice()) {
      const overdue = this.#overdue(now - task.clock);
      if (overdue && !task.stalled && !task.expired) this.#expire(link, task);
    }
  }

  #expire(link: WorkerLink, task: Task | null): void {
    if (task !== null) {
      task.expired = true;
      if (!task.abandoned) {
        const seconds = this.limits.timeout / 1000;
        if (task.started) task.onAbort(`nothing more came for ${seconds} s`);
        else {
          const message = `no answer within ${seconds} s: ${task.describe()}`;
          task.onFail(504, new QuintetError("QUINTET_TIMEOUT", message));
        }
        task.abandoned = true;
      }
    }
    this.onStuck(link, task);
  }

  #refuseTheStale(now: number): void {
    let task = this.#queue.peek();
    while (
      task !== undefined &&
      (task.abandoned || now - task.queuedAt > this.limits.queueTimeout)
    ) {
      this.#queue.shift();
      const message = `no worker was free within ${this.limits.queueTimeout / 1000} s`;
      refuse(task, new QuintetError("QUINTET_QUEUE_TIMEOUT", message));
      task = this.#queue.peek();
    }
  }
}

function refuse(task: Task, error: QuintetError): void {
  if (!task.abandoned) task.onFail(503, error);
  task.release();
}
