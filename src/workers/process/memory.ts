import { readFileSync } from "node:fs";

/**
 * The memory that a process uses, in bytes (RSS). Like `ps`, it counts what the process shares with others.
 *
 * @returns null if the process does not exist, or the system does not report it
 */
export function residentBytes(pid: number): number | null {
  try {
    // statm counts in pages, and Node does not know their size.
    const match = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

let lastKills = countKills();

/** Whether the kernel has killed a process since the last call, because this machine or a cgroup ran out of memory. */
export function killedForMemory(): boolean {
  const before = lastKills;
  lastKills = countKills();
  return lastKills > before;
}

/** How many processes the kernel has killed for their memory; 0 if it does not report that (Linux before 4.13). */
function countKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** A number of bytes for people: "512 MB". */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
