import { readFileSync } from "node:fs";

/**
 * Bytes of memory that a process uses (RSS): with what it shares with others, as `ps` shows it. Null where the system does
 * not tell, or there is no such process.
 */
export function residentBytes(pid: number): number | null {
  try {
    // Not statm, which counts in pages of a size that Node does not know.
    const match = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

let lastKills = kills();

/** Whether the kernel has killed a process since this was asked last, because this machine or a cgroup had no memory left. */
export function killedForMemory(): boolean {
  const before = lastKills;
  lastKills = kills();
  return lastKills > before;
}

/** How often it has; 0 where it does not say (Linux before 4.13). */
function kills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** "512 MB". */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
