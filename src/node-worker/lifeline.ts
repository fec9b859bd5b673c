import { Worker } from "node:worker_threads";

/**
 * A worker never outlives its front, however that ends: a thread waits for the end of standard input, a pipe that only the
 * front holds open. A thread, because the application may keep the main one busy for ever.
 */
export function tieToFront(): void {
  const watch = `
    const { Socket } = require("node:net");
    const input = new Socket({ fd: 0 });
    const end = () => process.kill(process.pid, "SIGKILL");
    input.on("end", end).on("error", end).on("close", end).resume();
  `;
  new Worker(watch, { eval: true, execArgv: [] }).unref();
}
