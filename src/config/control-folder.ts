import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QuintetError } from "../shared/errors.ts";

/**
 * Where servers of this user put the sockets by which `quintet status`, `reload` and others reach them. Not XDG_RUNTIME_DIR: a
 * login has one, a service of the same user has none, and it goes with the last login.
 */
export const defaultControlFolder: string = join(tmpdir(), `quintet.${process.getuid?.() ?? 0}`);

/**
 * Make the folder, for this user alone. One of another user's is not used: whoever may write there could pose as a server.
 *
 * @throws {QuintetError} QUINTET_CONTROL
 */
export function controlFolder(folder: string): string {
  const refuse = (why: string): never => {
    throw new QuintetError("QUINTET_CONTROL", `${folder} cannot hold control sockets: ${why}.`, {
      advice: "Name another folder with --control, or none with --control off.",
    });
  };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    return refuse((error as Error).message);
  }
  const why = distrust(folder);
  if (why !== null) refuse(why);
  return folder;
}

/** Why a folder may hold what others have put there; null where it is this user's alone. */
export function distrust(folder: string): string | null {
  const found = lstatSync(folder);
  if (!found.isDirectory()) return "it is no folder";
  if (process.getuid && found.uid !== process.getuid()) return "it is another user's";
  return (found.mode & 0o022) === 0 ? null : "others may write there";
}
