import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { root } from "../paths.ts";

/** Runs git in this checkout; nothing if it fails. It never writes the index, which someone may be working with. */
export function git(args: string[], environment: NodeJS.ProcessEnv = {}): string | undefined {
  const done = spawnSync("git", ["--no-optional-locks", "-C", root, ...args], {
    env: { ...process.env, ...environment },
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
  });
  if (done.error) throw new Error(`git does not run: ${done.error.message}`, { cause: done.error });
  return done.status === 0 ? done.stdout : undefined;
}

export interface Commit {
  hash: string;
  /** The short hash and the subject. */
  title: string;
}

/** The commit that a revision names, or an error that says what is wrong with it. */
export function commitOf(revision: string): Commit {
  const top = git(["rev-parse", "--show-toplevel"])?.trim();
  if (!top || realpathSync(top) !== realpathSync(root))
    throw new Error(`${root} is not a git repository, so it has no earlier commit to compare with`);
  const hash = git([
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${revision}^{commit}`,
  ]);
  if (!hash) throw new Error(`git knows no commit "${revision}" in ${root}`);
  const title = git(["log", "-1", "--format=%h %s", hash.trim()]) ?? "";
  return { hash: hash.trim(), title: title.trim() };
}

/** The state of the working tree: the last commit, and whether there are uncommitted changes. */
export function workingTree(): string {
  const lines = (git(["status", "--porcelain"]) ?? "").split("\n").filter(Boolean);
  const count = `${lines.length} uncommitted ${lines.length === 1 ? "change" : "changes"}`;
  const changes = lines.length ? `with ${count}` : "without changes";
  return `the working tree, ${changes} since ${commitOf("HEAD").title}`;
}
