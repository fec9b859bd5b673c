import type { Task } from "../../dispatch/task.ts";
import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";

const CHECK_INTERVAL_MS = 50;
/**
 * How long after an interrupt the next one follows; doubled each time. Not sooner: a library that waits in short steps and
 * starts a step again at each signal (psycopg: 100 ms) would never get to see that it was interrupted.
 */
const FIRST_INTERRUPT_GAP_MS = 300;

/** Something in which a worker hangs. */
interface Hang {
  /** The request; null for what follows a response, such as `close()`. */
  task: Task | null;
  /** The number of the request at the worker. Without a request, that of the one answered last. */
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

  /** @param graceMs from a timeout until the worker is killed */
  constructor(graceMs: number, log: Log) {
    this.#graceMs = graceMs;
    this.#log = log;
  }

  /** A worker hangs; see HungWorker.add. */
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
   * The worker hangs in one more thing.
   *
   * @param task the request; null for what follows a response
   * @param timeoutMs how long it may run
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

  /** This comes before the interrupt, because the stacks are to show where the request hung. */
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
    const idle = stacks ? "in what follows a response, such as close()" : "before its next request";
    const where = task ? `in ${task.describe()}${age}` : idle;
    const end = stacks
      ? "Its stacks:"
      : "It does not say where: it is stopped, or cannot be reached.";
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
    this.#log.warn({ worker: this.#worker.pid }, `hangs still, ${grace} after its timeout: killed`);
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
