import { readdirSync, readlinkSync, statSync } from "node:fs";

/** The files of a folder that a process has open, from /proc, including deleted and unnamed ones. */
export function openIn(pid: number, folder: string): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => `/proc/${pid}/fd/${fd}`)
    .filter((path) => {
      try {
        return readlinkSync(path).startsWith(`${folder}/`) && statSync(path).isFile();
      } catch {
        return false; // closed meanwhile
      }
    });
}

/** The total size of those files in bytes. */
export function bytesIn(pid: number, folder: string): number {
  return openIn(pid, folder).reduce(
    (sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
