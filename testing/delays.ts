import { Worker } from "node:worker_threads";

/** Milliseconds of the machine's monotonic clock, as Python's time.monotonic() has them in seconds. */
export const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

/** How late everything on the machine was at every moment, as threads that only work and sleep have seen it. */
export interface Delays {
  /** Milliseconds that one of them had to wait at worst, in a spell that touches a stretch of time. */
  worst(from: number, to: number): number;
}

/** Threads, for each of which one processor may be busy while the other is not. */
const THREADS = 2;
/** Milliseconds that each sleeps and then works, again and again. */
const PAUSE_MS = 8;
const SPIN_MS = 1;

// It counts CPU time, which does not grow while another process has the CPU. Short delays are ignored.
const CONTROL = `
const { parentPort, workerData: over } = require("node:worker_threads");
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const used = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
const seen = [];
function spell() {
  const from = clock();
  Atomics.wait(over, 0, 0, ${PAUSE_MS});
  const before = used();
  while (used() - before < ${SPIN_MS});
  const to = clock();
  const delay = to - from - ${PAUSE_MS} - (used() - before);
  if (delay > 1) seen.push([from, to, delay]);
  if (Atomics.load(over, 0) === 1) parentPort.postMessage(seen);
  else setImmediate(spell);
}
spell();
`;

/** Run something, and measure meanwhile how late everything is. */
export async function withDelays<T>(run: () => Promise<T>): Promise<{ result: T; delays: Delays }> {
  const over = new Int32Array(new SharedArrayBuffer(4));
  const threads = Array.from(
    { length: THREADS },
    () => new Worker(CONTROL, { eval: true, workerData: over }),
  );
  try {
    await Promise.all(
      threads.map((each) => new Promise((resolve) => each.once("online", resolve))),
    );
    const told = threads.map(
      (each) =>
        new Promise<[number, number, number][]>((resolve, reject) => {
          each.once("message", resolve);
          each.once("error", reject);
        }),
    );
    const result = await run();
    Atomics.store(over, 0, 1);
    const seen = (await Promise.all(told)).flat();
    const worst = (from: number, to: number): number =>
      Math.max(0, ...seen.filter((each) => each[0] < to && each[1] > from).map((each) => each[2]));
    return { result, delays: { worst } };
  } finally {
    await Promise.all(threads.map((each) => each.terminate()));
  }
}
