import { SHARE_ENV, Worker } from "node:worker_threads";
import { moduleUrl } from "../shared/run-module.ts";

/**
 * A process that runs a user's code never outlives its front, however that ends, and can say where it hangs: a thread
 * watches a pipe that only the front holds. A thread, because that code may keep the main one busy for ever.
 *
 * @param descriptor the pipe
 * @param stacks the file for what it says
 */
export function tieToFront(descriptor: number, stacks: string): void {
  new Worker(moduleUrl("node-worker/lifeline-thread"), {
    env: SHARE_ENV, // see nodeThread
    workerData: { descriptor, stacks },
    execArgv: [],
  }).unref();
}
