import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isAlive } from "./server.ts";

/** All processes below one, by /proc: children, their children, and so on. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (pid: number): number[] => {
    const found = children.get(pid) ?? [];
    return found.concat(found.flatMap(below));
  };
  return below(root);
}

/** Null if it has ended. */
export function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null; // it has just ended
  }
}

/** The processes that run in a folder: workers as well, also those whose front has ended. */
export function processesIn(folder: string): number[] {
  const found = readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false; // it has just ended
    }
  });
  return found.map(Number).filter(isAlive);
}

/** Megabytes of memory of a process and all below it, pages that they share counted once. */
export function megabytes(root: number): number {
  let kilobytes = 0;
  for (const pid of [root, ...descendants(root)]) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]);
  }
  return kilobytes / 1000;
}
