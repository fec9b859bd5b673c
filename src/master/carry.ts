import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Inherited } from "../config/values/address.ts";
import type { Readable } from "node:stream";
import { socketFolder } from "../shared/socket-folder.ts";
import { parentCommand } from "./python.ts";

/** The first descriptor of those that systemd opens (sd_listen_fds(3)). */
const FIRST = 3;

/** How many sockets systemd has opened for this process. */
export function socketsFromSystemd(env: NodeJS.ProcessEnv): number {
  return env.LISTEN_PID === String(process.pid) ? Number(env.LISTEN_FDS ?? 0) : 0;
}

/** Have them carried past the moment in which this process becomes the parent: see carry.py. Where to fetch them. */
export async function carrySockets(
  python: string,
  count: number,
  tempDir: string,
): Promise<string> {
  const path = join(mkdtempSync(join(socketFolder(tempDir), "quintet-carry-")), "sockets");
  const [program, ...args] = parentCommand(python, "parent/carry.py");
  const sockets = Array.from({ length: count }, (_, index) => FIRST + index);
  const carrier = spawn(program as string, [...args, path, String(count)], {
    stdio: ["ignore", "pipe", "inherit", ...sockets],
  });
  await once(carrier.stdout as Readable, "data");
  return path;
}

/** The sockets of systemd, where there is no parent to hold them. */
export function inheritedSockets(env: NodeJS.ProcessEnv): Inherited[] | null {
  const count = socketsFromSystemd(env);
  if (count === 0) return null;
  return Array.from({ length: count }, (_, index) => ({
    descriptor: FIRST + index,
    where: `the socket ${index + 1} of systemd`,
  }));
}
