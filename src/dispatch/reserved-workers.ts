import { PathValues } from "../shared/by-path.ts";
import { QuintetError } from "../shared/errors.ts";
import type { WorkerLink } from "./link/worker-link.ts";
import { pathOf } from "./path.ts";
import { TaskQueue } from "./queue.ts";
import type { Task } from "./task.ts";

/** Requests that wait for a worker, of one kind. */
export interface Lane {
  /** The paths that they have; empty for all that have no lane of their own. */
  readonly pattern: string;
  /** Workers that no other lane may take. */
  readonly kept: number;
  readonly queue: TaskQueue;
}

/** What waits in a lane. */
export interface LaneStatus {
  pattern: string;
  kept: number;
  waiting: number;
}

/** A request, and the worker that it is to have. */
export interface Match {
  task: Task;
  link: WorkerLink;
}

/**
 * The lanes of a dispatcher: one for all requests, unless workers are kept for some. Then those have a lane of their own for
 * each pattern, which may use every worker but not what is kept for another.
 *
 * What counts are workers that are free, or whose requests are all of that lane: there must stay as many free ones as
 * lanes lack of theirs. Nothing of this is noted down, it is seen from what the workers have.
 */
export class Lanes {
  readonly all: readonly Lane[];
  readonly #general: Lane = { pattern: "", kept: 0, queue: new TaskQueue() };
  /** Null where no worker is kept, and no path is looked at. */
  readonly #byPath: PathValues<Lane> | null;

  /** @param kept workers by the pattern of the paths that they are kept for */
  constructor(kept: Readonly<Record<string, number>>) {
    const own: [string, Lane][] = Object.entries(kept).map(([pattern, count]) => [
      pattern,
      { pattern, kept: count, queue: new TaskQueue() },
    ]);
    this.all = [this.#general, ...own.map(([, lane]) => lane)];
    this.#byPath =
      own.length === 0 ? null : new PathValues<Lane>(Object.fromEntries(own), this.#general);
  }

  /** The lane of a request. */
  of(task: Task): Lane {
    if (this.#byPath === null) return this.#general;
    task.lane = this.#byPath.of(pathOf(task.environ));
    return task.lane;
  }

  get waiting(): number {
    let count = 0;
    for (const { queue } of this.all) count += queue.length;
    return count;
  }

  status(): LaneStatus[] {
    return this.all.map(({ pattern, kept, queue }) => ({ pattern, kept, waiting: queue.length }));
  }

  /** Requests that a worker had not begun, oldest first. */
  giveBack(tasks: Task[]): void {
    if (this.#byPath === null) return this.#general.queue.giveBack(tasks);
    for (const [lane, own] of Map.groupBy(tasks, (task) => this.of(task))) {
      lane.queue.giveBack(own);
    }
  }

  /** Take out everything that waits, oldest first. */
  clear(): Task[] {
    const tasks = this.all.flatMap(({ queue }) => queue.clear());
    return this.all.length === 1 ? tasks : tasks.toSorted((a, b) => a.queuedAt - b.queuedAt);
  }

  /**
   * The worker for the next request of a lane: one that does nothing, else the one with the least to do that has room.
   *
   * @param but not this one
   */
  choose(lane: Lane, links: readonly WorkerLink[], but?: WorkerLink): WorkerLink | null {
    const may = this.#byPath === null ? null : this.#allowed(lane, links);
    let best: WorkerLink | null = null;
    let least = Infinity;
    for (const link of links) {
      if (link.room <= 0 || link === but || (may !== null && !may(link))) continue;
      const load = link.outstanding.length;
      if (load === 0) return link;
      if (load < least) {
        least = load;
        best = link;
      }
    }
    return best;
  }

  /** Of those that wait and can go to a worker now, the one that has waited longest. It is taken out. */
  next(links: readonly WorkerLink[]): Match | null {
    let first: Lane | null = null;
    let link: WorkerLink | null = null;
    let since = Infinity;
    for (const lane of this.all) {
      const head = firstOf(lane.queue);
      if (head === undefined || head.queuedAt >= since) continue;
      const chosen = this.choose(lane, links);
      if (chosen === null) continue;
      first = lane;
      link = chosen;
      since = head.queuedAt;
    }
    if (first === null || link === null) return null;
    return { task: first.queue.shift() as Task, link };
  }

  /** Which workers a lane may use as things are. */
  #allowed(lane: Lane, links: readonly WorkerLink[]): (link: WorkerLink) => boolean {
    let free = 0;
    const own = new Map<Lane, number>();
    for (const link of links) {
      if (link.state !== "ready") continue;
      const holder = holderOf(link);
      if (holder === null) free += 1;
      else if (holder !== MIXED) own.set(holder, (own.get(holder) ?? 0) + 1);
    }
    let lacking = 0;
    for (const each of this.all) {
      if (each !== lane) lacking += Math.max(0, each.kept - (own.get(each) ?? 0));
    }
    const mayTakeFree = free > lacking || (own.get(lane) ?? 0) < lane.kept;
    return (link) => {
      const holder = holderOf(link);
      if (holder === null) return mayTakeFree;
      return holder === lane || holder === MIXED || (own.get(holder) as number) > holder.kept;
    };
  }
}

/**
 * See to it that some are left for the requests for which none is kept. With no workers at all they all wait.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkKept(keepWorkers: Readonly<Record<string, number>>, workers: number): void {
  const kept = Object.values(keepWorkers).reduce((sum, each) => sum + each, 0);
  if (kept === 0 || workers === 0 || kept < workers) return;
  const message = `keepWorkers keeps ${kept} of ${workers} workers, and none is left for other requests.`;
  throw new QuintetError("QUINTET_SETTING", message, { advice: "Raise workers, or keep fewer." });
}

/** The request that waits longest; those whose clients have left are dropped. */
function firstOf(queue: TaskQueue): Task | undefined {
  let task = queue.peek();
  while (task?.abandoned) {
    queue.shift();
    task.release();
    task = queue.peek();
  }
  return task;
}

const MIXED = "mixed";

/** The lane of all requests that a worker has; null if it has none. */
function holderOf(link: WorkerLink): Lane | null | typeof MIXED {
  // What was taken back it has not let go yet, and until then it gets nothing.
  if (link.outstanding.length === 0 && link.busy) return MIXED;
  let holder: Lane | null = null;
  for (const { lane } of link.outstanding) {
    if (holder !== null && lane !== holder) return MIXED;
    holder = lane;
  }
  return holder;
}
