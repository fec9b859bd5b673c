/** How long steps may run before other events have their turn. */
const BUDGET_MS = 4;

/** Work that is done in steps, so that it does not block the event loop. */
export interface SteppedTask {
  step(): void;
}

const queue: SteppedTask[] = [];
let isScheduled = false;

/** Schedules the next step of a task, after the steps that are already scheduled. */
export function scheduleStep(task: SteppedTask): void {
  queue.push(task);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(runSteps);
}

function runSteps(): void {
  const deadline = performance.now() + BUDGET_MS;
  do queue.shift()?.step();
  while (queue.length > 0 && performance.now() < deadline);
  if (queue.length > 0) setImmediate(runSteps);
  else isScheduled = false;
}
