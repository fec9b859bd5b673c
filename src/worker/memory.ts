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

/** "512 MB". */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
