import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Running } from "./server.ts";

/** All descendants of a process, from /proc. */
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

/** The processes that run in a folder, including workers whose front has ended. */
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

/** Megabytes of memory of a process and its descendants; shared pages count once. */
export function megabytes(root: number): number {
  let kilobytes = 0;
  for (const pid of [root, ...descendants(root)]) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]);
  }
  return kilobytes / 1000;
}

/** The workers of a process, from /proc: its children, and those of its fronts and zygotes. */
export function pythonChildren(parent: number): number[] {
  const children = childrenOf(parent);
  return children.flatMap((pid) => (isZygote(pid) || isFront(pid) ? pythonChildren(pid) : [pid]));
}

/** The fronts of a server. */
export function frontsOf(parent: number): number[] {
  return childrenOf(parent).filter(isFront);
}

/** Decided by the command line of a process. */
function isFront(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes("\0QUINTET_FRONT=");
  } catch {
    return false;
  }
}

/** The zygote of a server. */
export function zygoteOf(server: Running): number {
  const found = frontsOf(server.pid).flatMap(childrenOf).find(isZygote);
  if (found === undefined) throw new Error("there is no zygote");
  return found;
}

/** The zygotes of a front. */
export function zygotesOf(front: number): number[] {
  return childrenOf(front).filter(isZygote);
}

function isZygote(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8") === "quintet-zygote\n";
  } catch {
    return false;
  }
}

function childrenOf(parent: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(fields[1]) === parent && fields[0] !== "Z") found.push(Number(name));
    } catch {
      // it has just ended
    }
  }
  return found;
}

/** Whether a process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
