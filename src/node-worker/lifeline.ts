import { Worker } from "node:worker_threads";
import { sourceName } from "../source.ts";

/**
 * A worker never outlives its front, however that ends, and can say where it hangs: a thread watches standard input, a
 * pipe that only the front holds. A thread, because the application may keep the main one busy for ever.
 *
 * @param stacks the file for what it says
 */
export function tieToFront(stacks: string): void {
  const file = new URL(`./${sourceName("watch")}`, import.meta.url);
  new Worker(file, { workerData: stacks, execArgv: [] }).unref();
}
