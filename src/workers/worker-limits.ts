import type { Log } from "../shared/log.ts";
import { megabytes, residentBytes } from "./memory.ts";
import type { WorkerProcess } from "./process.ts";

/** How long a worker may live; 0 for no limit each. */
export interface Limits {
  /** Requests it answers, and up to how many more, at random. */
  maxRequests: number;
  maxRequestsJitter: number;
  /** Bytes it uses: between two requests, and at any time. */
  maxMemory: number;
  maxMemoryHard: number;
  /** Milliseconds it serves. */
  maxAge: number;
}

/** Every so many milliseconds workers are looked at. */
const LOOK = 500;
/** The part of their age by which those of the same age are spread. */
const SPREAD = 0.1;

/** What is known of a worker since it serves. */
interface Life {
  /** When it is too old, of performance.now(). */
  end: number;
  /** How many requests it had answered when it was first seen to use too much; -1 if it does not. */
  largeSince: number;
  /** It used too much from the begin, so that a successor would, too. */
  bornLarge: boolean;
}

/** Whether any of them ends a worker that is not at fault. */
export function recycles({ maxRequests, maxMemory, maxAge }: Limits): boolean {
  return maxRequests > 0 || maxMemory > 0 || maxAge > 0;
}

/** Sees when a worker has answered enough, uses too much, or is too old. Requests are counted, the rest is looked at. */
export class WorkerLimits {
  readonly #limits: Limits;
  readonly #log: Log;
  readonly #reached: (worker: WorkerProcess, why: string) => void;
  readonly #lives: Map<WorkerProcess, Life> = new Map();
  readonly #timer: NodeJS.Timeout | null;
  /** What was said once and need not be said again. */
  #said = false;

  /** @param reached a worker is to be replaced, when that suits */
  constructor(limits: Limits, log: Log, reached: (worker: WorkerProcess, why: string) => void) {
    this.#limits = limits;
    this.#log = log;
    this.#reached = reached;
    const { maxMemory, maxMemoryHard, maxAge } = limits;
    const looks = maxMemory > 0 || maxMemoryHard > 0 || maxAge > 0;
    this.#timer = looks ? setInterval(() => this.#look(), LOOK).unref() : null;
  }

  /** A worker begins to serve. */
  begin(worker: WorkerProcess): void {
    const { maxRequests, maxRequestsJitter, maxMemory, maxMemoryHard, maxAge } = this.#limits;
    if (maxRequests > 0) {
      worker.link.maxAnswers = maxRequests + Math.floor(Math.random() * (maxRequestsJitter + 1));
    }
    const age = maxAge > 0 ? maxAge * (1 - SPREAD * Math.random()) : Infinity;
    const life: Life = { end: performance.now() + age, largeSince: -1, bornLarge: false };
    this.#lives.set(worker, life);
    if (maxMemory === 0 && maxMemoryHard === 0) return;
    const bytes = residentBytes(worker.pid);
    if (bytes === null) {
      this.#once("this system does not tell how much memory a worker uses: no limit to that");
    } else if (maxMemory > 0 && bytes > maxMemory) {
      life.bornLarge = true;
      const most = `maxMemory (${megabytes(maxMemory)})`;
      this.#once(
        `workers use ${megabytes(bytes)} before their first request, more than ${most}, which is not looked at therefore`,
      );
    }
  }

  /** It has answered as many requests as it should. */
  answeredEnough(worker: WorkerProcess): void {
    this.#reached(worker, `it has answered ${worker.link.answered} requests`);
  }

  /** It has ended. */
  end(worker: WorkerProcess): void {
    this.#lives.delete(worker);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const { maxMemory, maxMemoryHard } = this.#limits;
    for (const [worker, life] of this.#lives) {
      if (now > life.end) {
        life.end = Infinity;
        this.#reached(worker, `it is ${Math.round((now - worker.readyAt) / 1000)} s old`);
      }
      if (maxMemory === 0 && maxMemoryHard === 0) continue;
      const bytes = residentBytes(worker.pid) ?? 0;
      if (maxMemoryHard > 0 && bytes > maxMemoryHard) this.#kill(worker, bytes);
      else if (maxMemory > 0 && !life.bornLarge) this.#weigh(worker, life, bytes);
    }
  }

  /** What a request uses while it runs does not count, unless the next one is seen to use it still. */
  #weigh(worker: WorkerProcess, life: Life, bytes: number): void {
    const { link } = worker;
    if (bytes <= this.#limits.maxMemory) life.largeSince = -1;
    else if (!link.busy || (life.largeSince >= 0 && link.answered > life.largeSince)) {
      this.#reached(worker, `it uses ${megabytes(bytes)}`);
    } else if (life.largeSince < 0) life.largeSince = link.answered;
  }

  #kill(worker: WorkerProcess, bytes: number): void {
    const begun = worker.link.outstanding.filter((task) => worker.link.hasBegun(task));
    const running = begun.map((task) => task.describe()).join(", ");
    const most = `maxMemoryHard (${megabytes(this.#limits.maxMemoryHard)})`;
    const what = `uses ${megabytes(bytes)}, more than ${most}: killed`;
    this.#log.error(
      { worker: worker.pid, request: begun[0]?.requestId },
      running ? `${what} while it runs ${running}` : what,
    );
    this.#lives.delete(worker);
    // Not kill(), which is for those that need no successor.
    worker.signal("SIGKILL");
  }

  #once(what: string): void {
    if (!this.#said) this.#log.warn(what);
    this.#said = true;
  }
}
