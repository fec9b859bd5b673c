import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { type CgroupLimits, cgroupLimits } from "./cgroup-limits.ts";
import { WORKERS_MOST } from "./values/worker-range.ts";

/** Less than two, and one slow request holds up all others. */
const LEAST = 2;
/** Bytes that are reckoned for one worker where a cgroup limits memory. */
const MEMORY = 256 * 1024 ** 2;

/** How many workers there are unless somebody says so, and what limits them; empty if nothing does. */
export interface DefaultWorkers {
  workers: number;
  because: string;
}

/** What this machine has of that. */
export interface Room extends CgroupLimits {
  /** CPUs of the machine. */
  all: number;
  /** Those that this process may run on. */
  usable: number;
}

/** One for each CPU that this process may use, as far as there is memory for them. */
export function defaultWorkers(room: Room = findRoom()): DefaultWorkers {
  const { all, usable, cpus: quota, memory } = room;
  let workers = Math.max(LEAST, all);
  let because = "";
  const atMost = (most: number, why: string): void => {
    if (most >= workers) return;
    workers = most;
    because = why;
  };
  atMost(WORKERS_MOST, `${WORKERS_MOST} are the most`);
  atMost(Math.max(LEAST, usable), `this process may use ${usable} of ${all} CPUs`);
  if (quota !== null)
    atMost(
      Math.max(LEAST, Math.ceil(quota.value)),
      `a cgroup limits CPU time to that of ${Number(quota.value.toFixed(2))} CPUs (${quota.file})`,
    );
  if (memory !== null)
    atMost(
      Math.max(1, Math.floor(memory.value / MEMORY)),
      `a cgroup limits memory to ${Math.floor(memory.value / 1024 ** 2)} MB (${memory.file}), and 256 MB are reckoned for each worker`,
    );
  return { workers, because };
}

function findRoom(): Room {
  const all = cpus().length;
  return { all, usable: usableCpus() ?? all, ...cgroupLimits() };
}

/** The CPUs that taskset, a cpuset or a container leaves to this process; null where the system does not tell. */
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
