import { QuintetError } from "../shared/errors.ts";
import type { WorkerLink } from "./link/worker-link.ts";
import type { RequestQueue } from "./queue.ts";
import type { Queues } from "./queues.ts";
import type { Task } from "./task.ts";

/** A request, and the worker that gets it. */
export interface Match {
  task: Task;
  link: WorkerLink;
}

/**
 * Decides which worker gets the next request. Each queue may use every worker except those that are reserved for another.
 *
 * A worker belongs to a queue while all its requests come from that queue. If other queues have fewer workers than are
 * reserved for them, that many workers must stay free. None of this is stored: it follows from the requests that the workers
 * have.
 */
export class ReservedWorkers {
  readonly #queues: Queues;
  readonly #links: readonly WorkerLink[];

  /** @param links all workers; the dispatcher adds and removes them */
  constructor(queues: Queues, links: readonly WorkerLink[]) {
    this.#queues = queues;
    this.#links = links;
  }

  /**
   * The worker for the next request of a queue: an idle one, otherwise the least busy one that has room.
   *
   * @param except a worker to skip
   */
  choose(queue: RequestQueue, except?: WorkerLink): WorkerLink | null {
    const mayUse = this.#queues.areReserved ? this.#usableBy(queue) : null;
    let best: WorkerLink | null = null;
    let least = Infinity;
    for (const link of this.#links) {
      if (link.capacity <= 0 || link === except || (mayUse !== null && !mayUse(link))) continue;
      const load = link.outstanding.length;
      if (load === 0) return link;
      if (load < least) {
        least = load;
        best = link;
      }
    }
    return best;
  }

  /** Takes out the request that has waited longest among those that can go to a worker now. */
  next(): Match | null {
    let oldest: RequestQueue | null = null;
    let link: WorkerLink | null = null;
    let since = Infinity;
    for (const queue of this.#queues.all) {
      const head = queue.peekWanted();
      if (head === undefined || head.queuedAt >= since) continue;
      const chosen = this.choose(queue);
      if (chosen === null) continue;
      oldest = queue;
      link = chosen;
      since = head.queuedAt;
    }
    if (oldest === null || link === null) return null;
    return { task: oldest.shift() as Task, link };
  }

  #usableBy(queue: RequestQueue): (link: WorkerLink) => boolean {
    let free = 0;
    const owned = new Map<RequestQueue, number>();
    for (const link of this.#links) {
      if (link.state !== "ready") continue;
      const owner = ownerOf(link);
      if (owner === null) free += 1;
      else if (owner !== SHARED) owned.set(owner, (owned.get(owner) ?? 0) + 1);
    }
    let lacking = 0;
    for (const each of this.#queues.all) {
      if (each !== queue) lacking += Math.max(0, each.reserved - (owned.get(each) ?? 0));
    }
    const mayTakeFree = free > lacking || (owned.get(queue) ?? 0) < queue.reserved;
    return (link) => {
      const owner = ownerOf(link);
      if (owner === null) return mayTakeFree;
      return owner === queue || owner === SHARED || (owned.get(owner) as number) > owner.reserved;
    };
  }
}

/**
 * Ensures that at least one worker stays unreserved. With no workers at all, every request waits.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkReserved(
  keepWorkers: Readonly<Record<string, number>>,
  workers: number,
): void {
  const reserved = Object.values(keepWorkers).reduce((sum, each) => sum + each, 0);
  if (reserved === 0 || workers === 0 || reserved < workers) return;
  const message = `keepWorkers keeps ${reserved} of ${workers} workers, and none is left for other requests.`;
  throw new QuintetError("QUINTET_SETTING", message, { advice: "Raise workers, or keep fewer." });
}

const SHARED = "shared";

/** The queue that all requests of a worker come from; null if it has none. */
function ownerOf(link: WorkerLink): RequestQueue | null | typeof SHARED {
  // It still has to hand requests back, and gets no requests until then.
  if (link.outstanding.length === 0 && link.busy) return SHARED;
  let owner: RequestQueue | null = null;
  for (const { queue } of link.outstanding) {
    if (owner !== null && queue !== owner) return SHARED;
    owner = queue;
  }
  return owner;
}
