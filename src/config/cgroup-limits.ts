import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The lowest limit of the cgroups that contain this process, and the file that sets it. */
export interface Limit {
  value: number;
  file: string;
}

export interface CgroupLimits {
  /** CPUs; may be a fraction. */
  cpus: Limit | null;
  /** Bytes. */
  memory: Limit | null;
}

/** Reads one kind of limit in a cgroup's folder. The list is empty if there is no limit. */
interface Reader {
  controller: string;
  /** cgroup v2 */
  second(folder: string): Limit[];
  /** cgroup v1 */
  first(folder: string): Limit[];
}

const cpu: Reader = {
  controller: "cpu",
  second(folder) {
    const [quota = "", period = ""] = (read(folder, "cpu.max") ?? "").split(" ");
    return limit(Number(quota) / Number(period), join(folder, "cpu.max"));
  },
  first(folder) {
    const quota = Number(read(folder, "cpu.cfs_quota_us"));
    const period = Number(read(folder, "cpu.cfs_period_us"));
    return limit(quota / period, join(folder, "cpu.cfs_quota_us"));
  },
};

/** cgroup v1 says "no limit" with a number near 2 ** 63. */
const UNLIMITED = 2 ** 60;

const memory: Reader = {
  controller: "memory",
  second(folder) {
    return ["memory.max", "memory.high"].flatMap((name) =>
      limit(Number(read(folder, name) ?? ""), join(folder, name)),
    );
  },
  first(folder) {
    const name = "memory.limit_in_bytes";
    return limit(Number(read(folder, name) ?? ""), join(folder, name));
  },
};

/**
 * The limits of this process's cgroup and of those around it. Node's own function supports only cgroup v2, and mistakes the
 * weight of a group for a limit.
 *
 * @param root the folder that contains proc and sys
 */
export function cgroupLimits(root = "/"): CgroupLimits {
  const groups = read(root, "proc/self/cgroup")?.split("\n") ?? [];
  const mounts = read(root, "proc/self/mountinfo")?.split("\n").flatMap(readMount) ?? [];
  const least = (reader: Reader): Limit | null => {
    const limits = groups.flatMap((group) => {
      const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(group) ?? [];
      const isSecond = controllers === "";
      if (!isSecond && !controllers.split(",").includes(reader.controller)) return [];
      const mount = mounts.find(({ type, options }) =>
        isSecond ? type === "cgroup2" : type === "cgroup" && options.includes(reader.controller),
      );
      if (mount === undefined) return [];
      return foldersOf(mount, path).flatMap((folder) =>
        isSecond ? reader.second(join(root, folder)) : reader.first(join(root, folder)),
      );
    });
    return limits.toSorted((one, other) => one.value - other.value)[0] ?? null;
  };
  return { cpus: least(cpu), memory: least(memory) };
}

interface Mount {
  /** The group that is mounted there. In a container that may be the container's own group. */
  group: string;
  folder: string;
  type: string;
  options: string[];
}

/** Parse a line of /proc/self/mountinfo, see proc(5). */
function readMount(line: string): Mount[] {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , group = "", folder = ""] = before.split(" ").map(unescape);
  const [type = "", , options = ""] = after.split(" ");
  return type.startsWith("cgroup") ? [{ group, folder, type, options: options.split(",") }] : [];
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 8)),
  );
}

/** The mounted folders of a group and of the groups around it. */
function foldersOf({ group, folder }: Mount, path: string): string[] {
  const above = group === "/" ? "" : group;
  const isBelow = path === above || path.startsWith(`${above}/`);
  const parts = isBelow ? path.slice(above.length).split("/").filter(Boolean) : [];
  return Array.from({ length: parts.length + 1 }, (_, index) =>
    join(folder, ...parts.slice(0, index)),
  );
}

function limit(value: number, file: string): Limit[] {
  return value > 0 && value < UNLIMITED ? [{ value, file }] : [];
}

function read(folder: string, name: string): string | null {
  try {
    return readFileSync(join(folder, name), "utf8").trim();
  } catch {
    return null;
  }
}
