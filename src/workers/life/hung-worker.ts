import type { Task } from "../../dispatch/task.ts";
import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";

const CHECK_INTERVAL_MS = 50;
/**
 * Pause between the first interrupt and the second; it doubles each time. It must not be shorter: some libraries wait in short
 * steps (psycopg: 100 ms) and restart the step at each signal, so they would never notice the interrupt.
 */
const FIRST_INTERRUPT_GAP_MS = 300;

/** One thing that a worker hangs in. */
interface Hang {
  /** The request; null if the worker hangs after a response, for example in `close()`. */
  task: Task | null;
  /** The worker's number for the request or, if `task` is null, for the last request that it answered. */
  number: number;
  since: number;
  /** The stacks are in the log, so it may be interrupted. */
  logged: boolean;
  interruptAt: number;
  interruptGapMs: number;
}

/** The workers that hang. */
export class HungWorkers {
  readonly #graceMs: number;
  readonly #log: Log;
  readonly #workers: WeakMap<WorkerProcess, HungWorker> = new WeakMap();

  /** @param graceMs time between a timeout and the kill */
  constructor(graceMs: number, log: Log) {
    this.#graceMs = graceMs;
    this.#log = log;
  }

  /** Handle a worker that hangs; see HungWorker.add. */
  add(worker: WorkerProcess, task: Task | null, timeoutMs: number): void {
    let hung = this.#workers.get(worker);
    if (hung === undefined) {
      hung = new HungWorker(worker, this.#graceMs, this.#log);
      this.#workers.set(worker, hung);
    }
    hung.add(task, timeoutMs);
  }
}

/**
 * Ends a worker in which requests have timed out. Their clients have been answered, and the worker gets nothing new. For
 * each request in turn, the stacks are logged and the request is interrupted. Other requests of the worker finish, or time
 * out themselves. If the worker becomes idle it exits like any other; if it does not within the grace, it is killed.
 */
class HungWorker {
  readonly #worker: WorkerProcess;
  readonly #graceMs: number;
  readonly #log: Log;
  readonly #hangs: Hang[] = [];
  /** Stacks are logged one after the other, because all are written to the same file. */
  #logging: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(worker: WorkerProcess, graceMs: number, log: Log) {
    this.#worker = worker;
    this.#graceMs = graceMs;
    this.#log = log;
  }

  /**
   * Handle one more thing that the worker hangs in.
   *
   * @param task the request; null if the worker hangs after a response
   * @param timeoutMs the limit that was exceeded
   */
  add(task: Task | null, timeoutMs: number): void {
    if (task === null && this.#hangs.some((hang) => hang.task === null)) return;
    const hang: Hang = {
      task,
      number: task?.id ?? this.#worker.link.page.noted(),
      since: performance.now(),
      logged: false,
      interruptAt: 0,
      interruptGapMs: FIRST_INTERRUPT_GAP_MS,
    };
    this.#hangs.push(hang);
    this.#logging = this.#logging.then(() => this.#logStacks(hang, timeoutMs));
    this.#timer ??= setInterval(() => this.#check(), CHECK_INTERVAL_MS);
  }

  /** Runs before the interrupt, so that the stacks show where the request hung. */
  async #logStacks(hang: Hang, timeoutMs: number): Promise<void> {
    const { task, since } = hang;
    const stacks = await this.#worker.stacks();
    const fields = {
      worker: this.#worker.pid,
      request: task?.requestId,
      detail: stacks || undefined,
    };
    const age = task ? `, ${((since - task.queuedAt) / 1000).toFixed(1)} s old` : "";
    // A worker that is stopped (SIGSTOP) while it is idle does not begin its next request.
    const idle = stacks ? "after a response, such as in close()" : "before its next request";
    const where = task ? `in ${task.describe()}${age}` : idle;
    const end = stacks
      ? "Its stacks:"
      : "It did not report where: it is stopped, or cannot be reached.";
    this.#log.error(
      fields,
      `hung for ${timeoutMs / 1000} s ${where}; the worker is replaced. ${end}`,
    );
    hang.logged = true;
  }

  #check(): void {
    const { link, life } = this.#worker;
    if (life.state === "ended") return this.#stop();
    const now = performance.now();
    let inGrace = false;
    let isOver = false;
    for (const hang of this.#hangs) {
      if (hang.task ? hang.task.link !== link : !link.busy) continue;
      if (hang.logged && now >= hang.interruptAt) this.#interrupt(hang, now);
      if (!hang.logged || now - hang.since < this.#graceMs) inGrace = true;
      else isOver = true;
    }
    // Requests that have not timed out may finish.
    if (inGrace || !isOver || !link.outstanding.every((task) => task.expired)) return;
    const grace = `${this.#graceMs / 1000} s`;
    this.#log.warn({ worker: this.#worker.pid }, `still hangs, ${grace} after its timeout: killed`);
    this.#stop();
    this.#worker.kill("it did not stop hanging");
  }

  #interrupt(hang: Hang, now: number): void {
    this.#worker.interrupt(hang.task ? hang.number : null, hang.number);
    hang.interruptAt = now + hang.interruptGapMs;
    hang.interruptGapMs *= 2;
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }
}
