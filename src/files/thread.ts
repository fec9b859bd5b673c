// A thread that works on files, so that one that hangs, for the server of a network mount is gone, holds nothing else.
import { closeSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { systemCode } from "../shared/errors.ts";
import { Found } from "./found.ts";
import { type Answered, AT, type Batch, type GivenJob, type Jobs, RECALLED } from "./jobs.ts";
import { staticFile } from "./static-file.ts";

const shared = workerData as Int32Array<SharedArrayBuffer>;

parentPort?.on("message", (batch: Batch) => void work(batch));

/** Milliseconds in which no further job of a batch is begun: others may be waiting, at places that are not so slow. */
const TURN = 25;

/** One after the other, until those that are left are recalled, or given back. */
async function work({ number, jobs }: Batch): Promise<void> {
  const end = performance.now() + TURN;
  for (const [index, job] of jobs.entries()) {
    Atomics.store(shared, AT, job.id);
    if (Atomics.load(shared, RECALLED) >= number) return say({ id: job.id, recalled: number });
    if (index > 0 && performance.now() > end) {
      // They are put in front again one by one, so the first of them comes last.
      for (const { id } of jobs.slice(index).toReversed()) say({ id, recalled: number });
      return;
    }
    say(await answer(job));
  }
}

function say(answered: Answered): void {
  const data = answered.answer instanceof Uint8Array ? answered.answer : bodyOf(answered);
  parentPort?.postMessage(answered, data ? [data.buffer as ArrayBuffer] : []);
}

/** What is not copied on its way. */
function bodyOf({ answer: found }: Answered): Uint8Array | null {
  const isFound = typeof found === "object" && found !== null && "body" in found;
  return isFound && typeof found.body !== "string" ? found.body : null;
}

async function answer({ id, name, question }: GivenJob): Promise<Answered> {
  try {
    return { id, answer: await jobs[name](question as never) };
  } catch (error) {
    return { id, error: { message: (error as Error).message, code: systemCode(error) } };
  }
}

const jobs: {
  [Name in keyof Jobs]: (question: Jobs[Name][0]) => Jobs[Name][1] | Promise<Jobs[Name][1]>;
} = {
  static: staticFile,

  open({ path, device, inode }) {
    const found = new Found(path);
    try {
      const { dev, ino } = found.bigStats();
      if (found.stats.isFile() && dev === device && ino === inode) return found.open();
      throw new Error(`${path} is another file here`);
    } finally {
      found.close();
    }
  },

  read({ descriptor, position, size }) {
    const buffer = Buffer.allocUnsafeSlow(size);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, size, position));
  },

  close(descriptor) {
    closeSync(descriptor);
    return null;
  },
};
