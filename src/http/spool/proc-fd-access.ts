import { readFileSync, statSync } from "node:fs";

let known: boolean | null = null;

/**
 * Whether workers can open the files that this process has open, as `/proc/PID/fd/N`. They cannot if Node has file
 * capabilities (`setcap`), which workers do not inherit. python/quintet/host/request_body.py decides the same for the other
 * direction.
 */
export function canWorkersOpenOurFiles(): boolean {
  known ??= check();
  return known;
}

function check(): boolean {
  try {
    const user = process.geteuid?.() ?? 0;
    if (statSync("/proc/self/fd").uid !== user) return false;
    if (user === 0) return true;
    const status = readFileSync("/proc/self/status", "latin1");
    const capabilities = (set: string): bigint =>
      BigInt(`0x${new RegExp(`^${set}:\\s*([\\da-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
    return (capabilities("CapPrm") & ~capabilities("CapAmb")) === 0n;
  } catch {
    return false; // there is no /proc
  }
}
