import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QuintetError } from "../shared/errors.ts";

/**
 * The default folder for this user's control sockets. XDG_RUNTIME_DIR is unsuitable: a login has it but a service of the same
 * user does not, and it is removed at the last logout.
 */
export const defaultControlFolder: string = join(tmpdir(), `quintet.${process.getuid?.() ?? 0}`);

/**
 * Create the folder, for this user alone. A folder that another user can write to is refused, because that user could pose as
 * a server.
 *
 * @returns the folder
 * @throws {QuintetError} QUINTET_CONTROL
 */
export function controlFolder(folder: string): string {
  const refuse = (why: string): never => {
    throw new QuintetError("QUINTET_CONTROL", `${folder} cannot hold control sockets: ${why}.`, {
      advice:
        "Name another folder with --control, or disable the control socket with --control off.",
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

/** Why other users may have put files into a folder; null if only this user can write there. */
export function distrust(folder: string): string | null {
  const found = lstatSync(folder);
  if (!found.isDirectory()) return "it is not a folder";
  if (process.getuid && found.uid !== process.getuid()) return "it belongs to another user";
  return (found.mode & 0o022) === 0 ? null : "other users may write to it";
}
