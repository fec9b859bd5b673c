import type { Log } from "../log.ts";
import type { WorkerProcess } from "../worker/process.ts";

/** Milliseconds for worker_exit and atexit. */
const EXIT_TIME = 3000;
/** Every so many milliseconds a worker that leaves is looked at. */
const LOOK = 50;

/** Workers that have nothing more to answer, until they have ended or their time is over. */
export class Leaving {
  readonly #log: Log;
  /** Until when they may go on with what follows their last response. */
  readonly #until: Map<WorkerProcess, number> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Have a worker end.
   *
   * @param time milliseconds for what follows its last response, such as close(); of several times the least counts
   */
  add(worker: WorkerProcess, time: number): void {
    const known = this.#until.get(worker);
    this.#until.set(worker, Math.min(performance.now() + time, known ?? Infinity));
    if (known !== undefined) return;
    worker.stopping = true;
    worker.link.end();
    this.#watch(worker);
  }

  #watch(worker: WorkerProcess): void {
    const began = performance.now();
    /** When it was last seen to run something of a request. */
    let ran = began;
    const look = setInterval(() => {
      const now = performance.now();
      if (!worker.ended) {
        const runs = worker.link.page.running() > 0;
        if (runs && now < (this.#until.get(worker) as number)) ran = now;
        if (now - ran < EXIT_TIME) return;
        const where = runs ? "what follows a response, such as close()" : "worker_exit or atexit";
        const seconds = Math.round((now - began) / 1000);
        this.#log.warn(
          { worker: worker.pid },
          `did not end within ${seconds} s, in ${where}: killed`,
        );
      }
      clearInterval(look);
      this.#until.delete(worker);
      worker.kill();
    }, LOOK);
    look.unref();
  }
}
