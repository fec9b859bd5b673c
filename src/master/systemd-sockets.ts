import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Inherited } from "../config/values/address.ts";
import { socketFolder } from "../shared/socket-folder.ts";
import { masterCommand } from "./master-python.ts";

/** The first descriptor that systemd passes (sd_listen_fds(3)). */
const FIRST_DESCRIPTOR = 3;

/** How many sockets systemd has opened for this process. */
export function socketsFromSystemd(env: NodeJS.ProcessEnv): number {
  return env.LISTEN_PID === String(process.pid) ? Number(env.LISTEN_FDS ?? 0) : 0;
}

/**
 * Start the process that passes the sockets to the master: see pass_systemd_sockets.py.
 *
 * @returns the path of the socket where the master fetches them
 */
export async function passSystemdSockets(
  python: string,
  count: number,
  tempDir: string,
): Promise<string> {
  const path = join(mkdtempSync(join(socketFolder(tempDir), "quintet-carry-")), "sockets");
  const [program, ...args] = masterCommand(python, "master/listen/pass_systemd_sockets.py");
  const sockets = Array.from({ length: count }, (_, index) => FIRST_DESCRIPTOR + index);
  const child = spawn(program as string, [...args, path, String(count)], {
    stdio: ["ignore", "pipe", "inherit", ...sockets],
  });
  await once(child.stdout as Readable, "data");
  return path;
}

/** The sockets from systemd, for a server without a master; null if there are none. */
export function inheritedSockets(env: NodeJS.ProcessEnv): Inherited[] | null {
  const count = socketsFromSystemd(env);
  if (count === 0) return null;
  return Array.from({ length: count }, (_, index) => ({
    descriptor: FIRST_DESCRIPTOR + index,
    where: `the socket ${index + 1} of systemd`,
  }));
}
