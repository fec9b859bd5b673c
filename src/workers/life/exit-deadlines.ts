import type { Log } from "../../shared/log.ts";
import type { WorkerProcess } from "../worker-process.ts";

/** Milliseconds that a worker is given to end in any case. */
const EXIT_TIME = 3000;
/** Every so many milliseconds a worker that leaves is looked at. */
const LOOK = 50;

/** Until when a worker may go on. */
interface Times {
  /** With what follows its last response. */
  close: number;
  /** With anything, where all of them are ended. */
  end: number;
}

/**
 * Workers that have nothing more to answer, until they have ended or their time is over. After the last `close()` a worker ends
 * as Python does: its threads are joined, `atexit` runs. That may take `gracefulTimeout`.
 */
export class ExitDeadlines {
  readonly #grace: number;
  readonly #log: Log;
  readonly #times: Map<WorkerProcess, Times> = new Map();

  /** @param grace milliseconds for the end of a worker, from its last `close()` on */
  constructor(grace: number, log: Log) {
    this.#grace = grace;
    this.#log = log;
  }

  /**
   * Have a worker end. Of several times the least counts.
   *
   * @param close milliseconds for what follows its last response, such as close()
   * @param end milliseconds in which it is to have ended
   */
  add(worker: WorkerProcess, close: number, end: number = Infinity): void {
    const now = performance.now();
    const known = this.#times.get(worker);
    this.#times.set(worker, {
      close: Math.min(now + close, known?.close ?? Infinity),
      end: Math.min(now + end, known?.end ?? Infinity),
    });
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
        const { close, end } = this.#times.get(worker) as Times;
        const { page } = worker.link;
        const runs = page.running() > 0;
        if (runs && now < close) ran = now;
        const most = runs ? 0 : Math.min(this.#grace, end - ran);
        if (now - ran < Math.max(EXIT_TIME, most)) return;
        const where = runs ? "in what follows a response, such as close()" : page.leaving();
        const seconds = Math.round((now - began) / 1000);
        const message = `did not end within ${seconds} s, ${where}: killed`;
        this.#log.warn({ worker: worker.pid }, message);
      }
      clearInterval(look);
      this.#times.delete(worker);
      worker.kill();
    }, LOOK);
    look.unref();
  }
}
