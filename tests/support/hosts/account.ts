import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { root } from "../paths.ts";

/** Whose processes the servers are: where tests run as root, servers do not, since some of them refuse it. */
export type Account = { uid: number; gid: number } | undefined;

export const account: Account = find();

function find(): Account {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8");
  for (const name of ["www-data", "nobody"]) {
    const found = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, "m").exec(users);
    if (found) return { uid: Number(found[1]), gid: Number(found[2]) };
  }
  throw new Error("Apache does not run as root, and there is no user www-data or nobody.");
}

/** The servers read the repository, and must be allowed to. */
export function assertReadable(): void {
  try {
    execFileSync("test", ["-r", `${root}/package.json`], account);
  } catch {
    throw new Error(
      `The tests run as root, so the servers run as user ${account?.uid}, who may not read ${root}.`,
    );
  }
}
