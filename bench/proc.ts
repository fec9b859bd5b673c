import { readdirSync, readFileSync } from "node:fs";

/** What one process has used, from /proc/<pid>/stat. */
interface Stat {
  pid: number;
  parent: number;
  ticks: number;
  /** When it started, in ticks since boot: tells a process from a later one of the same number. */
  started: number;
}

/** USER_HZ. It is 100 on every Linux that Node runs on; the kernel keeps it so for programs that never ask. */
const ticksPerSecond = 100;

/** A process that may be gone at any moment: then there is nothing to read. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function stat(pid: number): Stat | undefined {
  const line = read(`/proc/${pid}/stat`);
  if (!line) return undefined;
  // The name is in parentheses and may hold spaces and parentheses itself: count from behind the last one.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  // utime, stime, and the same of the children that ended and were waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid, parent: Number(fields[1]), ticks, started: Number(fields[19]) };
}

/**
 * A process and everything below it, found by parents and not by process group or session: servers put their workers
 * in groups and sessions of their own.
 */
function tree(rootPid: number): Stat[] {
  const children = Map.groupBy(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => stat(Number(name)))
      .filter((entry) => entry !== undefined),
    (entry) => entry.parent,
  );
  const root = stat(rootPid);
  const found = root ? [root] : [];
  for (const entry of found) found.push(...(children.get(entry.pid) ?? []));
  return found;
}

/** CPU seconds, user and system, that the tree has used so far. */
export function cpuSeconds(pid: number): number {
  return tree(pid).reduce((sum, entry) => sum + entry.ticks, 0) / ticksPerSecond;
}

/**
 * The same from the scheduler, which counts nanoseconds where `stat` counts hundredths of a second: for measurements of
 * less than a second. Threads that have ended are not counted.
 */
export function exactCpuSeconds(pid: number): number {
  // A kernel can be built without these counters.
  if (read("/proc/self/schedstat") === undefined) return cpuSeconds(pid);
  let nanoseconds = 0;
  for (const entry of tree(pid))
    for (const thread of entries(`/proc/${entry.pid}/task`)) {
      const times = read(`/proc/${entry.pid}/task/${thread}/schedstat`);
      nanoseconds += Number(times?.split(" ", 1)[0] ?? 0);
    }
  return nanoseconds / 1e9;
}

/**
 * Memory of the tree in bytes, as proportional set size: a page that several processes share counts once, divided among
 * them, so forked workers are neither flattered nor counted double.
 */
export function memoryBytes(pid: number): number {
  return tree(pid).reduce((sum, entry) => {
    const rollup = read(`/proc/${entry.pid}/smaps_rollup`);
    return sum + Number(/^Pss:\s+(\d+) kB$/m.exec(rollup ?? "")?.[1] ?? 0) * 1024;
  }, 0);
}

/** Names the processes of the tree so that they can be found again once their parents are gone. */
export function snapshot(pid: number): Map<number, number> {
  return new Map(tree(pid).map((entry) => [entry.pid, entry.started]));
}

/** Those of a snapshot that still run. A zombie is done: it only waits for its parent. */
export function survivors(before: Map<number, number>): number[] {
  return [...before]
    .filter(
      ([pid, started]) =>
        stat(pid)?.started === started && !/\) Z /.test(read(`/proc/${pid}/stat`) ?? ") Z "),
    )
    .map(([pid]) => pid);
}

/** CPU seconds that all processes of the machine have used, to see who else was at work during a measurement. */
export function machineCpuSeconds(): number {
  const [user, nice, system] = read("/proc/stat")!
    .split("\n", 1)[0]
    .split(/\s+/)
    .slice(1, 4)
    .map(Number);
  return (user + nice + system) / ticksPerSecond;
}
