import type { QueueStatus } from "../dispatch/queue.ts";
import type { ShownState } from "./life/worker-life.ts";
import { residentBytes } from "./process/memory.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** A pool, as `quintet status` shows it. */
export interface PoolStatus {
  target: string;
  /** How many workers there should be now, between `min` and `max`. */
  wanted: number;
  min: number;
  max: number;
  threads: number;
  /** Requests that wait for a worker. */
  waiting: number;
  /** The same for each queue. The first is that of the paths without reserved workers. The name is part of `status --json`. */
  lanes: QueueStatus[];
  workers: WorkerStatus[];
}

/** A worker, as `quintet status` shows it. */
export interface WorkerStatus {
  pid: number;
  state: ShownState;
  /** Seconds since the worker was started. */
  age: number;
  /** Requests that it has answered. */
  answered: number;
  /** The memory that it uses, in bytes (RSS); null where the system does not tell. */
  memory: number | null;
  /** Why the worker is replaced, or will be as soon as its successor is ready; null if it is not. */
  recycled: string | null;
  /** Its requests, and for how many seconds it has had each. */
  running: { request: string; what: string; seconds: number }[];
}

/** @param now of performance.now() */
export function workerStatus(worker: WorkerProcess, now: number): WorkerStatus {
  const { pid, life, link } = worker;
  return {
    pid,
    state: life.shown,
    age: (now - worker.startedAt) / 1000,
    answered: link.answered,
    memory: residentBytes(pid),
    recycled: life.recycleReason,
    running: link.outstanding.map((task) => ({
      request: task.requestId,
      what: task.describe(),
      seconds: (now - task.sentAt) / 1000,
    })),
  };
}
