import { getHeapStatistics } from "node:v8";
import { requestIds } from "../http/request/request-id.ts";

/** Milliseconds between two looks. */
const LOOK = 1000;
/** Looks in a row without a request, until what the start has left is given back: nothing has been made fast yet by then. */
const AFTER_START = 2;
/** And later: what has been compiled is given up, too, so the next requests are slower for a moment. */
const AFTER_BURST = 20;
/** Bytes that must have come together since the last time: to look for garbage stops the process for up to 100 ms. */
const WORTH = 4 * 1024 * 1024;

/** What V8 calls so also gives back what it would keep for the next burst. */
const ALL = { type: "major", execution: "sync", flavor: "last-resort" } as const;

/**
 * Give memory back when there is nothing to do. V8 looks for garbage when it wants more memory; a front at rest wants none, and
 * would keep what its start and its last burst of requests have left, for days.
 *
 * @param running how many requests run
 * @returns ends it
 */
export function giveBackAtRest(running: () => number): () => void {
  // The function is there only with --expose-gc, which a front is started with: see src/master/become.ts.
  const collect = globalThis.gc;
  if (collect === undefined) return () => {};
  let looks = 0;
  let wanted = AFTER_START;
  let left = 0;
  let asked = 0;
  const timer = setInterval(() => {
    looks = requestIds() > asked || running() > 0 ? 0 : looks + 1;
    asked = requestIds();
    if (looks < wanted || held() < left + WORTH) return;
    collect(ALL);
    left = held();
    wanted = AFTER_BURST;
    looks = 0;
  }, LOOK);
  timer.unref();
  return () => clearInterval(timer);
}

/** Bytes that the heap takes of the system, used or not, and those of buffers beside it. */
function held(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
