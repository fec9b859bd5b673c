import { QuintetError } from "../../shared/errors.ts";
import type { Settings } from "../settings.ts";

/** Less than any worker has: whoever says so means megabytes, as uWSGI does. */
const LEAST_MEMORY = 1024 * 1024;

/**
 * See to it that settings fit each other.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkTogether(settings: Settings): void {
  if (settings.group !== "" && settings.user === "") {
    const message = `group is ${JSON.stringify(settings.group)}, but there is no user.`;
    throw new QuintetError("QUINTET_SETTING", message, { advice: "Name one with --user." });
  }
  const { maxMemory, maxMemoryHard } = settings;
  for (const [name, bytes] of Object.entries({ maxMemory, maxMemoryHard })) {
    if (bytes === 0 || bytes >= LEAST_MEMORY) continue;
    const message = `${name} is ${bytes} bytes, which is less than any worker uses.`;
    throw new QuintetError("QUINTET_SETTING", message, {
      advice: `For ${bytes} megabytes say ${bytes}m on the command line, ${bytes} * 1024 ** 2 in a config file.`,
    });
  }
  if (maxMemoryHard === 0 || maxMemoryHard > maxMemory) return;
  const message = `maxMemoryHard (${maxMemoryHard} bytes) should be more than maxMemory (${maxMemory} bytes).`;
  throw new QuintetError("QUINTET_SETTING", message, {
    advice:
      "Above maxMemory a worker is replaced between two requests, above maxMemoryHard it is killed.",
  });
}
