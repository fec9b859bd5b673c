import type { Task } from "./task.ts";

/** First in, first out; what comes back from a worker goes to the front. */
export class TaskQueue {
  #items: Task[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(task: Task): void {
    this.#items.push(task);
  }

  /** The one that waits longest. */
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

  /** Put tasks, oldest first, where they belong by the time they came; they were in the queue before. */
  giveBack(tasks: Task[]): void {
    const waiting = this.#items.slice(this.#head);
    this.#items = [...tasks, ...waiting].toSorted((a, b) => a.queuedAt - b.queuedAt);
    this.#head = 0;
  }

  /** Take out those whose clients have left. */
  takeAbandoned(): Task[] {
    const all = this.clear();
    this.#items = all.filter((task) => !task.abandoned);
    return all.filter((task) => task.abandoned);
  }

  /** Take everything out. */
  clear(): Task[] {
    const tasks = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return tasks;
  }
}
