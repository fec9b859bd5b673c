import { getHeapStatistics } from "node:v8";
import { requestIds } from "../../http/request/request-id.ts";

const POLL_INTERVAL_MS = 1000;
/** Idle polls in a row before the first collection. No optimized code exists by then, so none is lost. */
const IDLE_POLLS_AFTER_START = 2;
/**
 * Idle polls in a row before each later collection. It also drops compiled code, so the next requests are slower for a moment.
 */
const IDLE_POLLS_AFTER_BURST = 20;
/**
 * Minimum growth of memory since the last collection. A collection stops the process for up to 100 ms, so it must be worth it.
 */
const MIN_GROWTH_BYTES = 4 * 1024 * 1024;

/** "Last resort" also gives back what V8 would keep for the next burst. */
const COLLECTION = { type: "major", execution: "sync", flavor: "last-resort" } as const;

/**
 * Collect garbage when the front is idle. V8 only collects when it needs more memory. An idle front needs none, so the garbage
 * of its start and of its last burst of requests would stay for days.
 *
 * @param running returns how many requests run
 * @returns a function that stops it
 */
export function collectGarbageWhenIdle(running: () => number): () => void {
  // The function exists only with --expose-gc, which the master passes to fronts: see src/master/become-master.ts.
  const collect = globalThis.gc;
  if (collect === undefined) return () => {};
  let idlePolls = 0;
  let wantedPolls = IDLE_POLLS_AFTER_START;
  let heldAfterLast = 0;
  let lastRequest = 0;
  const timer = setInterval(() => {
    idlePolls = requestIds() > lastRequest || running() > 0 ? 0 : idlePolls + 1;
    lastRequest = requestIds();
    if (idlePolls < wantedPolls || heldBytes() < heldAfterLast + MIN_GROWTH_BYTES) return;
    collect(COLLECTION);
    heldAfterLast = heldBytes();
    wantedPolls = IDLE_POLLS_AFTER_BURST;
    idlePolls = 0;
  }, POLL_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The bytes that the heap has taken from the system, used or not, plus those of buffers outside the heap. */
function heldBytes(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
