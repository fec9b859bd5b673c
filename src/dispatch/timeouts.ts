import { QuintetError } from "../shared/errors.ts";
import type { WorkerLink } from "./link/worker-link.ts";
import type { Task } from "./task.ts";
import type { TimeLimit } from "./time-limit.ts";

/** A request that runs longer than this is slow: others should not wait behind it. */
const SLOW_MS = 10;

/**
 * Finds requests that are slow or have timed out. A slow one is reported to Dispatcher, which recalls those behind it. One that has
 * timed out gets 504, or its response is cut off. Its worker is reported as hung, also one that hangs after a response: see
 * src/workers/life/hung-worker.ts.
 */
export class Timeouts {
  readonly #limit: TimeLimit;
  readonly #recall: (link: WorkerLink) => void;

  /** @param recall recalls from a worker what it has not begun */
  constructor(limit: TimeLimit, recall: (link: WorkerLink) => void) {
    this.#limit = limit;
    this.#recall = recall;
  }

  /**
   * Looks at a worker that is busy.
   *
   * @returns whether its first request is slow
   */
  check(link: WorkerLink, now: number): boolean {
    const head = link.outstanding[0];
    if (head === undefined) {
      // It has not handed back what was recalled, so it hangs in what follows a response, such as close().
      if (this.#isOver(now - link.headSince)) this.#hungAfterwards(link);
      return false;
    }
    const isSingle = link.threads === 1;
    const since = isSingle ? Math.max(link.headSince, head.sentAt) : head.sentAt;
    if (now - since <= SLOW_MS) return false;
    if (isSingle) {
      link.isSlow = true;
      this.#checkTask(link, head, since, now);
    } else {
      for (const task of link.outstanding.slice()) this.#checkTask(link, task, task.sentAt, now);
    }
    return true;
  }

  /** @param since when the worker was free for this request */
  #checkTask(link: WorkerLink, task: Task, since: number, now: number): void {
    const hasBegun = link.hasBegun(task);
    task.markSeen(hasBegun, since, now);
    if (!hasBegun) {
      if (task === link.outstanding[0]) this.#checkWaiting(link, task, now);
      return;
    }
    if (task.isPaused() || task.expired) return;
    const timeout = this.#limit.of(task);
    if (isOver(task.silentFor(now), timeout)) this.#expire(link, task, timeout);
  }

  /** The first request of a worker waits: the worker is busy with what follows a response. */
  #checkWaiting(link: WorkerLink, task: Task, now: number): void {
    if (!this.#isOver(now - Math.max(link.headSince, task.sentAt))) return;
    this.#recall(link);
    // If the worker still has it, it has begun it this very moment.
    if (task.link !== link) this.#hungAfterwards(link);
  }

  #hungAfterwards(link: WorkerLink): void {
    link.listener.hung(null, this.#limit.otherwise);
  }

  #expire(link: WorkerLink, task: Task, timeout: number): void {
    task.expired = true;
    if (!task.abandoned) {
      const seconds = timeout / 1000;
      if (task.isStreaming) {
        task.onAbort("QUINTET_TIMEOUT", `nothing more came for ${seconds} s`);
      } else {
        const message = `no answer within ${seconds} s`;
        task.onFail(504, new QuintetError("QUINTET_TIMEOUT", message));
      }
      // If the stream goes on after all, the worker is told that nobody reads it.
      task.abandon();
    }
    link.listener.hung(task, timeout);
  }

  #isOver(milliseconds: number): boolean {
    return isOver(milliseconds, this.#limit.otherwise);
  }
}

/** A limit of 0 is no limit. */
function isOver(milliseconds: number, limit: number): boolean {
  return limit > 0 && milliseconds > limit;
}
