/** Milliseconds that the work of this list may take before other events have their turn. */
const BUDGET = 4;

/** Work that gives way: one step of each, in the order of their coming, and other events in between. */
export interface Stepwise {
  step(): void;
}

const waiting: Stepwise[] = [];
let scheduled = false;

/** Have the next step of some work done, behind what is there already. */
export function later(work: Stepwise): void {
  waiting.push(work);
  if (scheduled) return;
  scheduled = true;
  setImmediate(run);
}

function run(): void {
  const until = performance.now() + BUDGET;
  do waiting.shift()?.step();
  while (waiting.length > 0 && performance.now() < until);
  if (waiting.length > 0) setImmediate(run);
  else scheduled = false;
}
