import type { WorkerLife } from "../life/worker-life.ts";

/** At most one in this many workers is replaced at a time. */
const WORKERS_PER_TURN = 8;

/** What the plan knows of a worker. */
export interface PlannedWorker {
  readonly life: Pick<WorkerLife, "state" | "starts" | "serves" | "counts" | "recycleReason">;
  /** When it became due for replacement, from performance.now(). */
  readonly dueSince: number;
  /** How long it has been idle, in milliseconds. */
  idleMs(now: number): number;
}

/** The steps, in this order, to reach the wanted number of workers. */
export interface WorkerPlan<W> {
  /** Serving workers that are not needed, because there are enough others or their successors are ready. */
  retire: W[];
  /** Workers whose turn it is to be replaced. */
  replace: W[];
  /** Starting workers that are not needed. */
  kill: W[];
  /** How many to start. */
  start: number;
}

/**
 * Plan how to get from the current workers to the wanted number. Pure: WorkerSet carries the plan out.
 *
 * A worker that is due for replacement waits for its turn, then serves until its successor is ready, so the number of serving
 * workers never falls below the wanted number. If workers take long to finish their last requests, fewer are replaced, so that
 * there are at most twice as many processes as wanted.
 *
 * @param workers all that have not ended, in the order in which they were started
 * @param starting how many have been requested but have no process yet
 */
export function planWorkers<W extends PlannedWorker>(
  workers: readonly W[],
  wanted: number,
  starting: number,
  now: number,
): WorkerPlan<W> {
  const serving = workers.filter(({ life }) => life.serves);
  const retire = leastNeeded(serving, now).slice(0, Math.max(0, serving.length - wanted));
  const counting = workers.filter((worker) => worker.life.counts && !retire.includes(worker));
  const replace = nextTurns(counting, wanted, workers.length - counting.length);
  const current = counting.filter(({ life }) => life.state === "recycling").length;
  const missing = wanted + current + replace.length - counting.length - starting;
  const youngest = counting.filter(({ life }) => life.starts).toReversed();
  const kill = youngest.slice(0, Math.max(0, -missing));
  return { retire, replace, kill, start: Math.max(0, missing) };
}

/** First those that are due for replacement, then by how long they have been idle. */
function leastNeeded<W extends PlannedWorker>(serving: W[], now: number): W[] {
  const isDue = ({ life }: W): number => (life.recycleReason === null ? 0 : 1);
  return serving.toSorted((a, b) => isDue(b) - isDue(a) || b.idleMs(now) - a.idleMs(now));
}

/** @param leaving how many workers are finishing their last requests or exiting */
function nextTurns<W extends PlannedWorker>(counting: W[], wanted: number, leaving: number): W[] {
  const current = counting.filter(({ life }) => life.state === "recycling").length;
  const most = Math.min(Math.ceil(wanted / WORKERS_PER_TURN), wanted - leaving);
  const due = counting.filter(({ life }) => life.state === "due");
  return due.toSorted((a, b) => a.dueSince - b.dueSince).slice(0, Math.max(0, most - current));
}
