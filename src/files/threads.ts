import type { Worker } from "node:worker_threads";
import { nodeThread } from "../shared/run-module.ts";
import { type Answered, AT, type GivenJob, RECALLED, SHARED_BYTES } from "./jobs.ts";

/** A job that somebody waits for, or that is to be done all the same. */
export interface Job extends GivenJob {
  since: number;
  /** It has taken too long, and nobody waits any more. */
  late: boolean;
  done(said: Answered): void;
  /** Null for what is to be done however late it is. */
  giveUp: ((error: Error) => void) | null;
}

/** Numbers of batches. */
let batches = 0;

/** A thread for work on files. It is given some jobs at once: a message for each costs more than most of them. */
export class Thread {
  /** Where its jobs are. */
  place = "";
  /** What it has been given and not answered. */
  jobs: Map<number, Job> = new Map();
  /** The one of them that takes long; the others are done elsewhere then. */
  long: Job | null = null;
  /** When it has last given back what it had no time for. */
  slowAt: number = -Infinity;
  /** Since when it has had nothing to do. */
  idleSince = 0;
  readonly #shared = new Int32Array(new SharedArrayBuffer(SHARED_BYTES));
  readonly #worker: Worker;
  #batch = 0;
  /** What it was at when it was looked at last. */
  #seen = 0;

  /**
   * @param answered is told of each answer
   * @param ended is told why it does nothing more
   */
  constructor(
    answered: (thread: Thread, job: Job, said: Answered) => void,
    ended: (thread: Thread, error: Error) => void,
  ) {
    this.#worker = nodeThread("files/thread", {
      workerData: this.#shared,
      // What it opens others go on to use.
      trackUnmanagedFds: false,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    this.#worker.on("message", (said: Answered) => {
      const job = this.jobs.get(said.id);
      // What was taken back is another's, or ours again in another batch.
      if (job === undefined || (said.recalled ?? this.#batch) !== this.#batch) return;
      this.jobs.delete(said.id);
      if (this.long === job) this.long = null;
      if (this.jobs.size === 0) this.idleSince = performance.now();
      answered(this, job, said);
    });
    let why = new Error("a thread for files has ended");
    this.#worker.on("error", (error: Error) => (why = error));
    this.#worker.on("exit", () => ended(this, why));
    // Whoever waits for it has a connection, which keeps the process alive.
    this.#worker.unref();
  }

  give(place: string, jobs: Job[]): void {
    this.place = place;
    this.#batch = ++batches;
    for (const job of jobs) this.jobs.set(job.id, job);
    const given = jobs.map(({ id, name, question }) => ({ id, name, question }));
    this.#worker.postMessage({ number: this.#batch, jobs: given }, []);
  }

  /**
   * Look whether it has been at one job since it was looked at last: that takes long. Those behind it are taken back then,
   * and returned; none of them runs.
   */
  look(): Job[] {
    const at = Atomics.load(this.#shared, AT);
    const isLong = at === this.#seen && this.jobs.has(at);
    this.#seen = at;
    if (!isLong || this.long !== null) return [];
    this.long = this.jobs.get(at) as Job;
    // It notes a job before it looks whether that is recalled: so what is noted after this is not begun.
    Atomics.store(this.#shared, RECALLED, this.#batch);
    const last = Atomics.load(this.#shared, AT);
    const jobs = [...this.jobs.values()];
    const behind = jobs.splice(jobs.findIndex(({ id }) => id === last) + 1);
    for (const { id } of behind) this.jobs.delete(id);
    return behind;
  }

  end(): void {
    void this.#worker.terminate();
  }
}
