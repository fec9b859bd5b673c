import { QuintetError } from "../shared/errors.ts";
import type { Job } from "./file-thread.ts";

/** The threads that slow jobs of one place may occupy. */
const MAX_THREADS_PER_PLACE = 3;

/** How long a job may take, including its wait. A disk that has to spin up takes less. */
const JOB_TIMEOUT_MS = 10_000;

/** A folder that is served, or a file system. If one hangs, the others still work. */
export class Place {
  readonly name: string;
  waiting: Job[] = [];
  /** Jobs that take long, each in a thread of its own. */
  readonly slowJobs: Set<Job> = new Set();
  /** When a thread last returned jobs that it had no time for. */
  slowAt: number = -Infinity;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether another thread may work here. */
  get isFree(): boolean {
    return this.slowJobs.size < MAX_THREADS_PER_PLACE;
  }

  /** Whether all jobs that may run here have timed out. Jobs that wait behind them would, too. */
  get hangs(): boolean {
    const timedOutSince = performance.now() - JOB_TIMEOUT_MS;
    for (const { since } of this.slowJobs) if (since > timedOutSince) return false;
    return !this.isFree;
  }

  noAnswer(): QuintetError {
    const message = `the file system of ${this.name} does not answer`;
    return new QuintetError("QUINTET_FILE_UNAVAILABLE", message);
  }

  /** Gives up the jobs that have timed out, running or not. */
  giveUpLate(now: number): void {
    const since = now - JOB_TIMEOUT_MS;
    const isLate = (job: Job): boolean => job.since < since && !job.isLate && job.giveUp !== null;
    const late = this.waiting.filter(isLate);
    if (late.length > 0) this.waiting = this.waiting.filter((job) => !isLate(job));
    for (const job of [...late, ...this.slowJobs].filter(isLate)) {
      job.isLate = true;
      job.giveUp?.(this.noAnswer());
    }
  }
}
