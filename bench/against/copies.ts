import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";
import { git } from "./git.ts";
import type { Commit } from "./git.ts";

/**
 * Writes the files of a commit into a folder. Not `git worktree add`: that would leave an entry in the repository if
 * this process were killed.
 */
export async function copyCommit(commit: Commit, folder: string, scratch: string): Promise<void> {
  const index = { GIT_INDEX_FILE: join(scratch, "index") };
  const written =
    git(["read-tree", commit.hash], index) !== undefined &&
    git(["checkout-index", "--all", `--prefix=${folder}/`], index) !== undefined;
  if (!written) throw new Error(`git could not write the files of ${commit.title} to ${folder}`);
  if (!existsSync(join(folder, "bin", "quintet.js")))
    throw new Error(`${commit.title} is too old: it has no bin/quintet.js`);
  await addModules(folder, commit);
}

/**
 * Copies the working tree as it is, without what git ignores. Both sides run from a copy, so they do not differ by the
 * place they are in, and an edit during the comparison does not change what is compared.
 */
export function copyWorkingTree(folder: string): void {
  const names = git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]) ?? "";
  for (const name of new Set(names.split("\0").filter(Boolean))) {
    const from = join(root, name);
    // A file that was deleted but is still in the index.
    if (!lstatSync(from, { throwIfNoEntry: false })) continue;
    cpSync(from, join(folder, name), { recursive: true, verbatimSymlinks: true });
  }
  linkModules(folder);
}

function linkModules(folder: string): void {
  const installed = join(root, "node_modules");
  if (!existsSync(installed)) throw new Error("there is no node_modules; run npm ci first");
  const link = join(folder, "node_modules");
  // A checkout whose node_modules is a link has had it copied: git ignores the folder only.
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(installed, link);
}

/** This checkout's node_modules if the lock file is the same, else what the commit's own lock file names. */
async function addModules(folder: string, commit: Commit): Promise<void> {
  const lock = "package-lock.json";
  const theirs = existsSync(join(folder, lock)) ? readFileSync(join(folder, lock), "utf8") : "";
  if (theirs === readFileSync(join(root, lock), "utf8")) {
    linkModules(folder);
    return;
  }
  console.error(`${commit.title} has another ${lock}: npm ci`);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  const args = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = spawn("npm", args, { cwd: folder, stdio: ["ignore", 2, 2], detached: true });
  const kill = (): void => {
    if (npm.pid) process.kill(-npm.pid, "SIGKILL");
  };
  process.once("exit", kill);
  const [status] = (await once(npm, "close")) as [number | null];
  process.off("exit", kill);
  if (status !== 0) throw new Error(`npm ci failed for ${commit.title}`);
}
