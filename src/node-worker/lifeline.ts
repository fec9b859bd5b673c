import { SHARE_ENV, Worker } from "node:worker_threads";
import { moduleUrl } from "../shared/run-module.ts";

/**
 * Kill this process when its front ends, and write its stack to a file when the front asks where it hangs. A thread watches a
 * pipe that only the front holds open, because the user's code may keep the main thread busy forever.
 *
 * @param descriptor the pipe
 * @param stacks the path of the file for the stack
 */
export function tieToFront(descriptor: number, stacks: string): void {
  new Worker(moduleUrl("node-worker/lifeline-thread"), {
    env: SHARE_ENV, // see nodeThread
    workerData: { descriptor, stacks },
    execArgv: [],
  }).unref();
}
