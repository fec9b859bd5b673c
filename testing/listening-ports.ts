import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The distinct TCP ports that a process listens on, from /proc. */
export function listeningPorts(pid: number): number[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined; // closed meanwhile
      }
    }),
  );
  const ports = ["tcp", "tcp6"].flatMap((table) => {
    const lines = readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1, -1);
    return lines.flatMap((line) => {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      return state === "0A" && own.has(inode)
        ? [Number.parseInt(local.split(":")[1] as string, 16)]
        : [];
    });
  });
  return [...new Set(ports)];
}
