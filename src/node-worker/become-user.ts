import { userInfo } from "node:os";
import { QuintetError } from "../shared/errors.ts";

/** Node has initgroups(); its types do not. */
type WithInitgroups = NodeJS.Process & { initgroups(user: string, group: string | number): void };

/**
 * Become the user that the server will run as, before any code of the project is loaded. Does nothing if this process is not
 * root: then the master reports the error.
 *
 * @param user a name or a number; empty for no change
 * @param group a name or a number; empty for the user's own group
 * @throws {QuintetError} QUINTET_USER
 */
export function becomeUser(user: string, group: string): void {
  if (user === "" || process.getuid?.() !== 0) return;
  try {
    const entry = entryOf(user);
    const gid = numberOr(group) || (entry?.gid ?? "");
    if (entry) (process as WithInitgroups).initgroups(String(entry.username), gid);
    else process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(numberOr(user));
    const { username = user, homedir = "/" } = entry ?? {};
    Object.assign(process.env, { HOME: homedir, USER: username, LOGNAME: username });
    delete process.env.XDG_RUNTIME_DIR;
  } catch (error) {
    const message = `The server cannot change its user: ${(error as Error).message}.`;
    throw new QuintetError("QUINTET_USER", message, { cause: error });
  }
}

/** The user's entry in the user database; null for a number without one. */
function entryOf(user: string): ReturnType<typeof userInfo> | null {
  process.seteuid?.(numberOr(user));
  try {
    return userInfo();
  } catch {
    return null;
  } finally {
    process.seteuid?.(0);
  }
}

function numberOr(name: string): string | number {
  return /^\d+$/.test(name) ? Number(name) : name;
}
