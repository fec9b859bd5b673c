import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { wrkVersion } from "./load.ts";
import { peersPython } from "../peers/environment.ts";

/** Where a run was made: figures of two machines do not compare, ratios hardly. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  python: string;
  wrk: string;
}

export function machine(): Machine {
  const version = spawnSync(peersPython, ["--version"], { encoding: "utf8" }).stdout;
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    python: version.replace("Python", "").trim(),
    wrk: wrkVersion(),
  };
}

/**
 * Times a loop that is always the same. In a virtual machine, the neighbours on the host slow the cores down without a
 * trace in /proc: then this takes longer, and CPU time per request grows with it.
 */
export function loopMilliseconds(): number {
  const started = performance.now();
  let state = 1;
  for (let turn = 0; turn < 30_000_000; turn++)
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  // The result is looked at so that no compiler may leave the loop out.
  return state === 0.5 ? 0 : performance.now() - started;
}
