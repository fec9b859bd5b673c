import { QuintetError } from "../../shared/errors.ts";
import type { Settings } from "../settings.ts";

/** No worker uses less memory. A smaller number was probably meant as megabytes, which is uWSGI's unit. */
const MIN_MEMORY_BYTES = 1024 * 1024;

/**
 * Check that the settings are compatible with each other.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkCombinations(settings: Settings): void {
  const { user, group, maxMemory, maxMemoryHard } = settings;
  if (group !== null && user === null) {
    const message = `group is ${JSON.stringify(group)}, but user is not set.`;
    throw new QuintetError("QUINTET_SETTING", message, { advice: "Set it with --user." });
  }
  for (const [name, bytes] of Object.entries({ maxMemory, maxMemoryHard })) {
    if (bytes === null || bytes >= MIN_MEMORY_BYTES) continue;
    const message = `${name} is ${bytes} bytes, which is less than any worker uses.`;
    throw new QuintetError("QUINTET_SETTING", message, {
      advice: `For ${bytes} megabytes write ${bytes}m on the command line, or ${bytes} * 1024 ** 2 in a config file.`,
    });
  }
  if (maxMemory === null || maxMemoryHard === null || maxMemoryHard > maxMemory) return;
  const message = `maxMemoryHard (${maxMemoryHard} bytes) must be more than maxMemory (${maxMemory} bytes).`;
  throw new QuintetError("QUINTET_SETTING", message, {
    advice:
      "A worker above maxMemory is replaced between two requests; a worker above maxMemoryHard is killed.",
  });
}
