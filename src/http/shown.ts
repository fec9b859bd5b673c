import { readFileSync, statSync } from "node:fs";

let shown: boolean | null = null;

/**
 * Whether workers can open what this process has open, as `/proc/PID/fd/N`. Not if this process may more than they: it was
 * started from a Node with capabilities (`setcap`), which they do not inherit. python/quintet/host/request_body.py has the same.
 */
export function isShown(): boolean {
  shown ??= find();
  return shown;
}

function find(): boolean {
  try {
    const user = process.geteuid?.() ?? 0;
    if (statSync("/proc/self/fd").uid !== user) return false;
    if (user === 0) return true;
    const status = readFileSync("/proc/self/status", "latin1");
    const mask = (name: string): bigint =>
      BigInt(`0x${new RegExp(`^${name}:\\s*([\\da-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
    return (mask("CapPrm") & ~mask("CapAmb")) === 0n;
  } catch {
    return false; // there is no /proc
  }
}
