import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { inCI } from "./paths.ts";
import { folderWith } from "./temp.ts";

/** Why a test with its own disk is skipped; false if it runs, as always in CI. */
export const noDisk: false | string =
  process.getuid?.() === 0 ? false : "only root can mount a disk";
if (noDisk && inCI) throw new Error(noDisk);

/** A disk of a few kilobytes. */
export function disk(t: TestContext, kilobytes: number): string {
  const folder = join(folderWith(), "disk");
  mkdirSync(folder);
  const size = `size=${kilobytes}k`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", size, "quintet", folder]);
  assert.equal(mounted.status, 0, String(mounted.stderr));
  t.after(() => spawnSync("umount", ["--lazy", folder]));
  return folder;
}
