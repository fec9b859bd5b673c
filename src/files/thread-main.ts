// A thread that works on files. A file that hangs, for example because the server of a network mount is gone, blocks only its
// thread.
import { closeSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { systemCode } from "../shared/errors.ts";
import { ResolvedFile } from "./resolved-file.ts";
import {
  type JobReply,
  CURRENT_JOB,
  type Batch,
  type GivenJob,
  type Jobs,
  RECALLED_BATCH,
} from "./jobs.ts";
import { staticFile } from "./static-file.ts";

const shared = workerData as Int32Array<SharedArrayBuffer>;

parentPort?.on("message", (batch: Batch) => void runBatch(batch));

/** After this time the thread begins no more jobs of a batch, because jobs of faster places may be waiting. */
const BATCH_BUDGET_MS = 25;

/** Runs jobs one after the other, until the rest is recalled or the time is up. */
async function runBatch({ number, jobs }: Batch): Promise<void> {
  const deadline = performance.now() + BATCH_BUDGET_MS;
  for (const [index, job] of jobs.entries()) {
    Atomics.store(shared, CURRENT_JOB, job.id);
    if (Atomics.load(shared, RECALLED_BATCH) >= number)
      return reply({ id: job.id, recalled: number });
    if (index > 0 && performance.now() > deadline) {
      // Each returned job goes to the front of the queue, so the first one is returned last.
      for (const { id } of jobs.slice(index).toReversed()) reply({ id, recalled: number });
      return;
    }
    reply(await answer(job));
  }
}

function reply(message: JobReply): void {
  const data = message.answer instanceof Uint8Array ? message.answer : bodyOf(message);
  parentPort?.postMessage(message, data ? [data.buffer as ArrayBuffer] : []);
}

/** The bytes of a file in a reply, which are transferred and not copied; null for none. */
function bodyOf({ answer: found }: JobReply): Uint8Array | null {
  const isFound = typeof found === "object" && found !== null && "body" in found;
  return isFound && typeof found.body !== "string" ? found.body : null;
}

async function answer({ id, name, question }: GivenJob): Promise<JobReply> {
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
    const found = new ResolvedFile(path);
    try {
      const { dev, ino } = found.bigStats();
      if (found.stats.isFile() && dev === device && ino === inode) return found.open();
      throw new Error(`${path} leads to another file here`);
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
