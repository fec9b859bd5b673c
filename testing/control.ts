import { Worker } from "node:worker_threads";

/** A measurement, and a control taken at the same time. */
export interface Measured<T> {
  result: T;
  /** Milliseconds. */
  took: number;
  /** How many times longer CPU work took than on an idle machine: at least 1. */
  factor: number;
  /** The longest time, in milliseconds, that the control waited beyond what it asked for. */
  worst: number;
  /** Scales a limit in milliseconds from an idle machine to this one. */
  allow(milliseconds: number): number;
}

/** Milliseconds that the control works, and sleeps between two spells of work. */
const SPIN_MS = 3;
const PAUSE_MS = 20;

// Another thread, for it must not be what the measured code keeps waiting. It counts processor time, which does not grow
// while something else has the processor.
const CONTROL = `
const { parentPort, workerData: over } = require("node:worker_threads");
const used = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
let wall = 0, cpu = 0, worst = 0;
function spell() {
  const slept = performance.now();
  Atomics.wait(over, 0, 0, ${PAUSE_MS});
  const began = performance.now();
  const before = used();
  while (used() - before < ${SPIN_MS});
  const took = performance.now() - began;
  wall += took;
  cpu += used() - before;
  worst = Math.max(worst, began - slept - ${PAUSE_MS}, took - ${SPIN_MS});
  if (Atomics.load(over, 0)) parentPort.postMessage({ factor: Math.max(1, wall / cpu), worst });
  else setImmediate(spell);
}
spell();
`;

/**
 * Measure how long something takes, beside a control: a thread that works for some milliseconds of processor time again and
 * again. Whatever else keeps the machine busy delays both.
 */
export async function measured<T>(run: () => Promise<T>): Promise<Measured<T>> {
  const over = new Int32Array(new SharedArrayBuffer(4));
  const control = new Worker(CONTROL, { eval: true, workerData: over });
  await new Promise((resolve) => control.once("online", resolve));
  const seen = new Promise<{ factor: number; worst: number }>((resolve, reject) => {
    control.once("message", resolve);
    control.once("error", reject);
  });
  try {
    const began = performance.now();
    const result = await run();
    const took = performance.now() - began;
    Atomics.store(over, 0, 1);
    const { factor, worst } = await seen;
    return { result, took, factor, worst, allow: (ms) => ms * factor + worst };
  } finally {
    await control.terminate();
  }
}
