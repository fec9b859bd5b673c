import { accessSync, constants, statSync } from "node:fs";
import { QuintetError } from "../shared/errors.ts";

/**
 * Check the setting `tempDir` at start, so that it does not fail at the first upload.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkTempDir(folder: string): void {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (statSync(folder).isDirectory()) return;
  } catch {
    // reported below
  }
  const message = `tempDir is ${JSON.stringify(folder)}; it must be a folder that this user may write to.`;
  throw new QuintetError("QUINTET_SETTING", message);
}
