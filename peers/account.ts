import { readFileSync } from "node:fs";

/** The user that servers run as. If tests run as root, servers do not, because some refuse to. */
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

/**
 * A command as that account. It may read what root may: the repository can lie in a folder that is closed to others, and
 * the servers serve its files.
 */
export function asAccount(command: string[]): string[] {
  if (!account) return command;
  const { uid, gid } = account;
  const who = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const may = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  return ["setpriv", ...who, ...may, "--", ...command];
}
