import { getHeapStatistics } from "node:v8";

/** Milliseconds between two looks. Who has had nothing to do in two of them is at rest. */
const LOOK = 1000;
/** Bytes that must have come together since the last time: to look for garbage stops the process for up to 100 ms. */
const WORTH = 4 * 1024 * 1024;
/** Milliseconds between two times. */
const PAUSE = 10_000;

/** What V8 calls so also gives back what it would keep for the next burst. */
const ALL = { type: "major", execution: "sync", flavor: "last-resort" } as const;

/**
 * Give memory back when there is nothing to do. V8 looks for garbage when it wants more memory; a front at rest wants none, and
 * would keep what its start and its last burst of requests have left, for days.
 *
 * @param isBusy whether a request runs or waits
 * @returns ends it
 */
export function giveBackAtRest(isBusy: () => boolean): () => void {
  // The function is there only with --expose-gc, which a front is started with: see src/parent/become.ts.
  const collect = globalThis.gc;
  if (collect === undefined) return () => {};
  let wasBusy = true;
  let left = 0;
  let next = 0;
  const timer = setInterval(() => {
    const isAtRest = !wasBusy && !isBusy();
    wasBusy = isBusy();
    if (!isAtRest || performance.now() < next || held() < left + WORTH) return;
    collect(ALL);
    left = held();
    next = performance.now() + PAUSE;
  }, LOOK);
  timer.unref();
  return () => clearInterval(timer);
}

/** Bytes that the heap takes of the system, used or not, and those of buffers beside it. */
function held(): number {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
