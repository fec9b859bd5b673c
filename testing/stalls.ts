import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { inCI, python } from "./paths.ts";
import { folderWith } from "./temp.ts";
import { until } from "./wait.ts";

/** The device of FUSE has the same numbers on every Linux. A container may have the file system without the device. */
const DEVICE = "/dev/fuse";
if (process.getuid?.() === 0 && !existsSync(DEVICE)) spawnSync("mknod", [DEVICE, "c", "10", "229"]);

/** Why a test with such a file system is skipped; false if it runs, as always in CI. */
export const noStalls: false | string =
  process.getuid?.() === 0 && existsSync(DEVICE) ? false : "only root can mount FUSE, on Linux";
if (noStalls && inCI) throw new Error(noStalls);

/** A mounted file system that can be told not to respond. */
export interface Stalling {
  folder: string;
  /** From now on, no operation gets a response. */
  stall(): void;
  /** From now on, each operation takes some milliseconds, one after another. */
  slow(): void;
  /** Answer everything at once. */
  go(): void;
  /** The operations since the start that were not answered at once. */
  stalled(): string[];
}

/** A private file system with these files, see stalls.py. */
export async function stallingFolder(
  t: TestContext,
  files: Record<string, string>,
): Promise<Stalling> {
  const around = folderWith({ "files.json": JSON.stringify(files) });
  const folder = join(around, "mount");
  mkdirSync(folder);
  const script = join(import.meta.dirname, "stalls.py");
  const child = spawn(python, [script, folder, join(around, "files.json")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (data: Buffer) => (said += data.toString()));
  const ended = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    child.stdin.end();
    await ended;
  });
  await until(() => said.startsWith("mounted\n") || child.exitCode !== null, "it is mounted");
  assert.equal(child.exitCode, null, "FUSE cannot be mounted");
  return {
    folder,
    stall: () => void child.stdin.write("stall\n"),
    slow: () => void child.stdin.write("slow\n"),
    go: () => void child.stdin.write("go\n"),
    stalled: () => Array.from(said.matchAll(/^stalled (\w+)$/gm), ([, name]) => name as string),
  };
}
