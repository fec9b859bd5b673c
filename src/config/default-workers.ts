import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { type CgroupLimits, cgroupLimits } from "./cgroup-limits.ts";
import { MAX_WORKERS } from "./values/worker-range.ts";

/** With one worker a slow request holds up all others. */
const MIN_WORKERS = 2;
/** The memory assumed for one worker if a cgroup limits memory. */
const WORKER_BYTES = 256 * 1024 ** 2;

/** The default of the setting `workers`. `because` says why it is not the number of CPUs; empty if it is. */
export interface DefaultWorkers {
  workers: number;
  because: string;
}

/** What the machine and the cgroups allow this process. */
export interface Machine extends CgroupLimits {
  /** The CPUs of the machine. */
  all: number;
  /** The CPUs that this process may run on. */
  usable: number;
}

/** One worker for each CPU that this process may use, limited by memory. */
export function defaultWorkers(machine: Machine = readMachine()): DefaultWorkers {
  const { all, usable, cpus: quota, memory } = machine;
  let workers = Math.max(MIN_WORKERS, all);
  let because = "";
  const atMost = (limit: number, why: string): void => {
    if (limit >= workers) return;
    workers = limit;
    because = why;
  };
  atMost(MAX_WORKERS, `${MAX_WORKERS} is the maximum`);
  atMost(Math.max(MIN_WORKERS, usable), `this process may use ${usable} of ${all} CPUs`);
  if (quota !== null)
    atMost(
      Math.max(MIN_WORKERS, Math.ceil(quota.value)),
      `a cgroup limits this process to ${Number(quota.value.toFixed(2))} CPUs (${quota.file})`,
    );
  if (memory !== null)
    atMost(
      Math.max(1, Math.floor(memory.value / WORKER_BYTES)),
      `a cgroup limits memory to ${Math.floor(memory.value / 1024 ** 2)} MB (${memory.file}), which is enough for this many workers of 256 MB`,
    );
  return { workers, because };
}

function readMachine(): Machine {
  const all = cpus().length;
  return { all, usable: usableCpus() ?? all, ...cgroupLimits() };
}

/** The number of CPUs that taskset, a cpuset or a container allows this process; null if the system does not tell. */
function usableCpus(): number | null {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)/m.exec(status) ?? [];
    const ranges = list.split(",").map((range) => range.split("-").map(Number));
    return ranges.reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0) || null;
  } catch {
    return null;
  }
}
