import type { Task } from "./task.ts";

/** What `quintet status` says of a queue. */
export interface QueueStatus {
  pattern: string;
  /** Workers that are reserved for it. The name is part of `quintet status --json`. */
  kept: number;
  waiting: number;
}

/** Requests that wait for a worker: first in, first out. What comes back from a worker goes to its old place. */
export class RequestQueue {
  /** The paths of these requests; empty for all that have no queue of their own. */
  readonly pattern: string;
  /** Workers that no other queue may use. */
  readonly reserved: number;
  #items: Task[] = [];
  #head = 0;

  constructor(pattern: string, reserved: number) {
    this.pattern = pattern;
    this.reserved = reserved;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(task: Task): void {
    this.#items.push(task);
  }

  /** The request that has waited longest. */
  peek(): Task | undefined {
    return this.#items[this.#head];
  }

  shift(): Task | undefined {
    const task = this.#items[this.#head];
    if (task === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return task;
  }

  /** Puts requests that were in the queue before, oldest first, back where they were. */
  giveBack(tasks: Task[]): void {
    const waiting = this.#items.slice(this.#head);
    this.#items = [...tasks, ...waiting].toSorted((a, b) => a.queuedAt - b.queuedAt);
    this.#head = 0;
  }

  /** Takes out the requests whose clients have left. */
  takeAbandoned(): Task[] {
    const all = this.clear();
    this.#items = all.filter((task) => !task.abandoned);
    return all.filter((task) => task.abandoned);
  }

  /** The request that has waited longest. Drops those before it whose clients have left. */
  peekWanted(): Task | undefined {
    let task = this.peek();
    while (task?.abandoned) {
      this.shift();
      task.release();
      task = this.peek();
    }
    return task;
  }

  /** Takes everything out. */
  clear(): Task[] {
    const tasks = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return tasks;
  }

  status(): QueueStatus {
    return { pattern: this.pattern, kept: this.reserved, waiting: this.length };
  }
}
