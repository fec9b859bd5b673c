import { userInfo } from "node:os";
import { QuintetError } from "../shared/errors.ts";

/** The types of Node do not have it. */
type WithInitgroups = NodeJS.Process & { initgroups(user: string, group: string | number): void };

/**
 * Become the user that the server will be, before anything of the project's is loaded. Only root can; for anybody else the master
 * says so.
 *
 * @throws {QuintetError} QUINTET_USER
 */
export function becomeUser(user: string, group: string): void {
  if (user === "" || process.getuid?.() !== 0) return;
  try {
    const own = entryOf(user);
    const gid = numberOr(group) || (own?.gid ?? "");
    if (own) (process as WithInitgroups).initgroups(String(own.username), gid);
    else process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(numberOr(user));
    const { username = user, homedir = "/" } = own ?? {};
    Object.assign(process.env, { HOME: homedir, USER: username, LOGNAME: username });
    delete process.env.XDG_RUNTIME_DIR;
  } catch (error) {
    const message = `The server cannot change its user: ${(error as Error).message}.`;
    throw new QuintetError("QUINTET_USER", message, { cause: error });
  }
}

/** What the system knows of the user; null for a number that nobody has. */
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
