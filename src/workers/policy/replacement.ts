import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";

/** Of so many workers one at a time is replaced. */
const SHARE = 8;

/**
 * Workers that are to be replaced by others, few at a time. Whose turn it is goes on to serve until there is one more
 * that is ready; then it finishes what it has begun, and the next has its turn.
 */
export class Recycling {
  readonly #log: Log;
  readonly #waiting: Set<WorkerProcess> = new Set();
  readonly #current: Set<WorkerProcess> = new Set();

  constructor(log: Log) {
    this.#log = log;
  }

  /** How many are started beyond those that are wanted. */
  get successors(): number {
    return this.#current.size;
  }

  /** A worker is to be replaced when it is its turn. */
  add(worker: WorkerProcess, why: string): void {
    if (worker.recycled !== null || worker.stopping) return;
    worker.recycled = why;
    this.#waiting.add(worker);
  }

  /** A worker leaves, or has ended. */
  remove(worker: WorkerProcess): void {
    this.#waiting.delete(worker);
    this.#current.delete(worker);
  }

  /**
   * Let the next have their turn.
   *
   * @param leaving how many have left and still finish something: where that is long, there are to be no more processes
   * than twice as many as are wanted
   */
  next(wanted: number, leaving: number): void {
    const most = Math.min(Math.ceil(wanted / SHARE), wanted - leaving);
    for (const worker of this.#waiting) {
      if (this.#current.size >= most) return;
      this.#waiting.delete(worker);
      this.#current.add(worker);
      this.#log.info({ worker: worker.pid }, `worker is replaced: ${worker.recycled}`);
    }
  }
}
