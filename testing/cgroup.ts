import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { inCI } from "./paths.ts";
import { PATIENCE } from "./wait.ts";

/** What can be limited, and how to tell cgroup v1 and v2. */
const limits = {
  memory: {
    first: (bytes: number) => ({ "memory.limit_in_bytes": String(bytes) }),
    second: (bytes: number) => ({ "memory.max": String(bytes) }),
  },
  cpu: {
    first: (cpus: number) => ({
      "cpu.cfs_period_us": "100000",
      "cpu.cfs_quota_us": String(Math.round(cpus * 100_000)),
    }),
    second: (cpus: number) => ({ "cpu.max": `${Math.round(cpus * 100_000)} 100000` }),
  },
};

const made: string[] = [];
// A group can be removed once its last process has left.
process.on("exit", () => {
  const until = performance.now() + PATIENCE;
  for (const folder of made.toReversed()) {
    while (!isRemoved(folder) && performance.now() < until)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
});

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty.
  }
  return !existsSync(folder);
}

/**
 * A group of processes that may use so much together. It is removed when the tests of the file have ended.
 *
 * @param inner the name of a group within, without a limit of its own, that is wanted instead
 * @returns its folder; null, and the test is skipped, where this machine does not let us make one
 */
export function cgroup(
  t: TestContext,
  what: keyof typeof limits,
  value: number,
  inner = "",
): string | null {
  const name = `quintet-${process.pid}-${what}`;
  for (const [above, version] of [
    [`/sys/fs/cgroup/${what}`, "first"],
    ["/sys/fs/cgroup", "second"],
  ] as const) {
    const folder = join(above, name);
    const inside = join(folder, inner);
    try {
      mkdirSync(folder);
      made.push(folder);
      for (const [file, text] of Object.entries(limits[what][version](value)))
        writeFileSync(join(folder, file), text, { flag: "r+" });
      if (inner) {
        mkdirSync(inside);
        made.push(inside);
      }
      return inside;
    } catch {
      // It has the other cgroup version, or we may not create groups.
    }
  }
  const why = `root must be able to make a cgroup for ${what}, below /sys/fs/cgroup`;
  assert.ok(!inCI, why);
  t.skip(why);
  return null;
}

/** A command that enters a group and then becomes another command. */
export function within(group: string): string[] {
  return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group];
}
