import { QuintetError } from "../shared/errors.ts";
import type { WorkerLink } from "./link/worker-link.ts";
import type { Task } from "./task.ts";
import type { TimeLimit } from "./time-limit.ts";

/** A request that runs longer than this, in milliseconds, is one that others should not wait behind. */
const SLOW = 10;

/** What the watch may do about what it sees. */
export interface WatchActions {
  /** The workers there are. */
  readonly links: readonly WorkerLink[];
  /** Whether a worker other than this one could take a request now. */
  couldRun(task: Task, than: WorkerLink): boolean;
  requeue(tasks: Task[]): void;
  /**
   * A worker hangs in `task`, which has been answered, or in what it does after a response if there is none.
   *
   * @param timeout milliseconds it had
   */
  stuck(link: WorkerLink, task: Task | null, timeout: number): void;
}

/** Takes back what waits behind something slow, and ends what takes longer than it may. */
export class Watch {
  readonly #limit: TimeLimit;
  readonly #actions: WatchActions;

  constructor(limit: TimeLimit, actions: WatchActions) {
    this.#limit = limit;
    this.#actions = actions;
  }

  /** Look at a worker that has something to do. */
  look(link: WorkerLink, now: number): void {
    const head = link.outstanding[0];
    if (head === undefined) {
      // What was recalled is not handed back: the worker hangs in what follows a response, such as close().
      if (this.#overdue(now - link.headSince)) this.#hangsAfterwards(link);
      return;
    }
    const single = link.threads === 1;
    if (now - (single ? Math.max(link.headSince, head.sentAt) : head.sentAt) <= SLOW) return;
    if (single) {
      link.slow = true;
      this.#time(link, head, now);
    } else {
      for (const task of link.outstanding.slice()) this.#time(link, task, now);
    }
    if (this.#worthRecalling(link)) this.#actions.requeue(link.recall());
  }

  #time(link: WorkerLink, task: Task, now: number): void {
    if (!link.hasBegun(task)) {
      // It waits for a thread that is still busy with what follows a response, and that is not its own time.
      task.waits = true;
      if (task === link.outstanding[0]) this.#timeWaiting(link, task, now);
      return;
    }
    if (task.waits) {
      task.waits = false;
      task.clock = now;
    }
    const since = link.threads === 1 ? Math.max(link.headSince, task.clock) : task.clock;
    const waitsForClient = task.stalled || task.starved;
    if (waitsForClient || task.expired) return;
    const timeout = this.#limit.of(task);
    if (isOver(now - since, timeout)) this.#expire(link, task, timeout);
  }

  #timeWaiting(link: WorkerLink, task: Task, now: number): void {
    if (!this.#overdue(now - Math.max(link.headSince, task.sentAt))) return;
    this.#actions.requeue(link.recall());
    // Unless it has begun this very moment, nothing does at this worker.
    if (task.link !== link) this.#hangsAfterwards(link);
  }

  /** In close(), say. */
  #hangsAfterwards(link: WorkerLink): void {
    this.#actions.stuck(link, null, this.#limit.otherwise);
  }

  /** Whether something waits at this worker that somebody else could run, or whoever has time first. */
  #worthRecalling(link: WorkerLink): boolean {
    const last = link.outstanding.at(-1);
    if (last === undefined || link.recalled.size > 0 || link.hasBegun(last)) return false;
    if (link.threads === 1 && link.outstanding.length > 1) return this.#actions.links.length > 1;
    return this.#actions.couldRun(last, link);
  }

  #expire(link: WorkerLink, task: Task, timeout: number): void {
    task.expired = true;
    if (!task.abandoned) {
      const seconds = timeout / 1000;
      if (task.started) {
        task.onAbort("QUINTET_TIMEOUT", `nothing more came for ${seconds} s`);
      } else {
        const message = `no answer within ${seconds} s`;
        task.onFail(504, new QuintetError("QUINTET_TIMEOUT", message));
      }
      // A stream that goes on after all is told that nobody reads it.
      task.abandon();
    }
    this.#actions.stuck(link, task, timeout);
  }

  #overdue(milliseconds: number): boolean {
    return isOver(milliseconds, this.#limit.otherwise);
  }
}

/** A limit of 0 is none. */
function isOver(milliseconds: number, limit: number): boolean {
  return limit > 0 && milliseconds > limit;
}
