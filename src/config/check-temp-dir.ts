import { accessSync, constants, statSync } from "node:fs";
import { QuintetError } from "../shared/errors.ts";

/**
 * Where a temporary folder cannot be used, better to say so before the first upload comes.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkSpoolFolder(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (statSync(folder).isDirectory()) return;
  } catch {
    // said below
  }
  const message = `tempDir is ${JSON.stringify(folder)}, and should be a folder that this user may write to.`;
  throw new QuintetError("QUINTET_SETTING", message);
}
