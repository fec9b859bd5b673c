import type { Worker } from "node:worker_threads";
import { nodeThread } from "../shared/run-module.ts";
import { CURRENT_JOB, type GivenJob, type JobReply, RECALLED_BATCH, SHARED_BYTES } from "./jobs.ts";

/** A job, and what to do with its reply. */
export interface Job extends GivenJob {
  /** When it was requested, by performance.now(). */
  since: number;
  /** It has timed out, and nobody waits for it any more. */
  isLate: boolean;
  done(reply: JobReply): void;
  /** Null for a job that must be done, however long it takes. */
  giveUp: ((error: Error) => void) | null;
}

/** The number of batches so far. */
let batches = 0;

/** A thread that works on files. It gets several jobs in one message, because a message costs more than most jobs. */
export class FileThread {
  /** The place of its jobs. */
  place = "";
  /** The jobs that it has not replied to yet, by id. */
  jobs: Map<number, Job> = new Map();
  /** The slow job among them, if any. Another thread then does the others. */
  slowJob: Job | null = null;
  /** When it last returned jobs that it had no time for. */
  slowAt: number = -Infinity;
  /** Since when it has had no jobs. */
  idleSince = 0;
  readonly #shared = new Int32Array(new SharedArrayBuffer(SHARED_BYTES));
  readonly #worker: Worker;
  #batch = 0;
  /** Its current job at the last check. */
  #jobAtLastCheck = 0;

  /**
   * @param onReply called for each reply
   * @param onExit called with the reason when the thread has ended
   */
  constructor(
    onReply: (thread: FileThread, job: Job, reply: JobReply) => void,
    onExit: (thread: FileThread, error: Error) => void,
  ) {
    this.#worker = nodeThread("files/thread-main", {
      workerData: this.#shared,
      // Other threads use the descriptors that it opens.
      trackUnmanagedFds: false,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    this.#worker.on("message", (reply: JobReply) => {
      const job = this.jobs.get(reply.id);
      // A recalled job belongs to another thread, or to another batch of this one.
      if (job === undefined || (reply.recalled ?? this.#batch) !== this.#batch) return;
      this.jobs.delete(reply.id);
      if (this.slowJob === job) this.slowJob = null;
      if (this.jobs.size === 0) this.idleSince = performance.now();
      onReply(this, job, reply);
    });
    let error = new Error("a thread for files has ended");
    this.#worker.on("error", (cause: Error) => (error = cause));
    this.#worker.on("exit", () => onExit(this, error));
    // The thread need not keep the process alive: connections that wait for a job do.
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
   * Checks whether the thread still has the same job as at the last check. If so, that job is slow, and the jobs behind it are
   * recalled.
   *
   * @returns the recalled jobs, none of which has begun or will begin
   */
  recallBehindSlow(): Job[] {
    const current = Atomics.load(this.#shared, CURRENT_JOB);
    const isSlow = current === this.#jobAtLastCheck && this.jobs.has(current);
    this.#jobAtLastCheck = current;
    if (!isSlow || this.slowJob !== null) return [];
    this.slowJob = this.jobs.get(current) as Job;
    // The thread notes a job before it checks whether the batch is recalled. So jobs behind the one that is noted now have not
    // begun, and will not.
    Atomics.store(this.#shared, RECALLED_BATCH, this.#batch);
    const last = Atomics.load(this.#shared, CURRENT_JOB);
    const jobs = [...this.jobs.values()];
    const recalled = jobs.splice(jobs.findIndex(({ id }) => id === last) + 1);
    for (const { id } of recalled) this.jobs.delete(id);
    return recalled;
  }

  end(): void {
    void this.#worker.terminate();
  }
}
