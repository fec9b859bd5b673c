import type { Task } from "../../dispatch/task.ts";
import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";

/** Every so many milliseconds a worker that hangs is looked at. */
const PAUSE = 50;
/**
 * After so many milliseconds it is interrupted again, then after twice as many, and so on. Not sooner: a library that
 * waits in pieces and begins a piece anew at a signal (psycopg: 100 ms) would never come to look for one.
 */
const AGAIN = 300;

/** Something that hangs. */
interface Stuck {
  /** The request; null for what follows a response, such as close(). */
  task: Task | null;
  /** Its number at the worker, or that of the request that was answered. */
  number: number;
  since: number;
  /** Where it hangs is in the log, and it may be interrupted. */
  told: boolean;
  /** When it is interrupted next, and how long after that again. */
  next: number;
  gap: number;
}

/**
 * The end of a worker in which requests have run out of time; their clients have been answered, it gets nothing new, and
 * another takes its place. For each of them in turn the stacks are logged, and it is interrupted. What else the worker runs
 * is finished, or runs out of time itself. A worker that has nothing to do any more ends as others do; one that does
 * not come to that within the grace is killed.
 */
export class HungWorker {
  readonly #worker: WorkerProcess;
  readonly #grace: number;
  readonly #log: Log;
  readonly #stuck: Stuck[] = [];
  /** One after the other: they are written into the same file. */
  #telling: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  /** @param grace milliseconds from a timeout until the worker is killed */
  constructor(worker: WorkerProcess, grace: number, log: Log) {
    this.#worker = worker;
    this.#grace = grace;
    this.#log = log;
  }

  /**
   * @param task what has run out of time, or null for what follows a response
   * @param timeout milliseconds it had
   */
  add(task: Task | null, timeout: number): void {
    if (task === null && this.#stuck.some((each) => each.task === null)) return;
    const since = performance.now();
    const number = task?.id ?? this.#worker.link.page.noted();
    const stuck: Stuck = { task, number, since, told: false, next: 0, gap: AGAIN };
    this.#stuck.push(stuck);
    this.#telling = this.#telling.then(() => this.#tell(stuck, timeout));
    this.#timer ??= setInterval(() => this.#look(), PAUSE);
  }

  /** Before it is interrupted, for then it is no longer where it hung. */
  async #tell(stuck: Stuck, timeout: number): Promise<void> {
    const { task, since } = stuck;
    const { pid } = this.#worker;
    const stacks = await this.#worker.stacks();
    const fields = { worker: pid, request: task?.requestId, detail: stacks || undefined };
    const age = task ? `, ${((since - task.queuedAt) / 1000).toFixed(1)} s old` : "";
    // One that is stopped while it has nothing to do begins nothing either.
    const idle = stacks ? "in what follows a response, such as close()" : "before its next request";
    const where = task ? `in ${task.describe()}${age}` : idle;
    const end = stacks
      ? "Its stacks:"
      : "It does not say where: it is stopped, or not to be reached.";
    this.#log.error(
      fields,
      `hung for ${timeout / 1000} s ${where}; the worker is replaced. ${end}`,
    );
    stuck.told = true;
  }

  #look(): void {
    const { link } = this.#worker;
    if (link.state === "dead") return this.#done();
    const now = performance.now();
    let waits = false;
    let over = false;
    for (const each of this.#stuck) {
      if (each.task ? each.task.link !== link : !link.busy) continue;
      if (each.told && now >= each.next) {
        this.#worker.interrupt(each.task ? each.number : null, each.number);
        each.next = now + each.gap;
        each.gap *= 2;
      }
      if (!each.told || now - each.since < this.#grace) waits = true;
      else over = true;
    }
    // Its other threads finish what they do, or run out of time themselves.
    if (waits || !over || !link.outstanding.every((task) => task.expired)) return;
    const grace = `${this.#grace / 1000} s`;
    this.#log.warn({ worker: this.#worker.pid }, `hangs still, ${grace} after its timeout: killed`);
    this.#done();
    this.#worker.kill();
  }

  #done(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
