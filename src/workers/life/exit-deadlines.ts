import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";

/** Every worker has at least this long to exit. */
const MIN_EXIT_TIME_MS = 3000;
const CHECK_INTERVAL_MS = 50;

/** When a worker is killed, in milliseconds of performance.now(). */
interface Deadlines {
  /** Deadline for what it runs after its last response, such as `close()`. */
  close: number;
  /** Deadline for the exit itself; only set when the whole pool stops. */
  end: number;
}

/**
 * Workers that have sent all their responses, until they have exited or are killed. After the last `close()` a worker exits as
 * Python does: it joins threads and runs `atexit`. That may take `gracefulTimeout`.
 */
export class ExitDeadlines {
  readonly #graceMs: number;
  readonly #log: Log;
  readonly #deadlines: Map<WorkerProcess, Deadlines> = new Map();

  /** @param graceMs how long a worker may take to exit after its last `close()` */
  constructor(graceMs: number, log: Log) {
    this.#graceMs = graceMs;
    this.#log = log;
  }

  /**
   * Limit the time that a worker takes to exit. After several calls for the same worker, the earliest deadlines apply.
   *
   * @param closeMs how long the work after its last response may take, such as `close()`
   * @param endMs how long it may take to exit
   */
  add(worker: WorkerProcess, closeMs: number, endMs: number = Infinity): void {
    const now = performance.now();
    const known = this.#deadlines.get(worker);
    if (known === undefined && !worker.leave()) return;
    this.#deadlines.set(worker, {
      close: Math.min(now + closeMs, known?.close ?? Infinity),
      end: Math.min(now + endMs, known?.end ?? Infinity),
    });
    if (known === undefined) this.#watch(worker);
  }

  #watch(worker: WorkerProcess): void {
    const leftAt = performance.now();
    /** When the worker was last seen running part of a request. */
    let ranAt = leftAt;
    const timer = setInterval(() => {
      const now = performance.now();
      if (!worker.exited) {
        const { close, end } = this.#deadlines.get(worker) as Deadlines;
        const { page } = worker.link;
        const runs = page.running() > 0;
        if (runs && now < close) ranAt = now;
        const allowedMs = runs ? 0 : Math.min(this.#graceMs, end - ranAt);
        if (now - ranAt < Math.max(MIN_EXIT_TIME_MS, allowedMs)) return;
        const where = runs ? "after a response, such as in close()" : page.leaving();
        const seconds = Math.round((now - leftAt) / 1000);
        const message = `did not end within ${seconds} s, ${where}: killed`;
        this.#log.warn({ worker: worker.pid }, message);
      }
      clearInterval(timer);
      this.#deadlines.delete(worker);
      worker.kill("it did not exit");
    }, CHECK_INTERVAL_MS);
    timer.unref();
  }
}
