import { QuintetError } from "../shared/errors.ts";
import { checkSetting } from "./settings/check-setting.ts";
import type { Settings } from "./settings.ts";

/** The variables with which platforms tell a server its port and its number of processes. */
export const PORT = "PORT";
export const CONCURRENCY = "WEB_CONCURRENCY";

/**
 * Settings from the variables of a platform (Heroku, Render, Railway, Cloud Run …). They only replace defaults.
 *
 * @param given the settings from elsewhere; a variable for one of these is ignored, even if it is invalid
 * @throws {QuintetError} QUINTET_SETTING
 */
export function settingsFromPlatform(
  env: NodeJS.ProcessEnv,
  given: Partial<Settings>,
): Partial<Settings> {
  const found: Partial<Settings> = {};
  const port = env[PORT];
  if (port && given.bind === undefined) {
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
      const message = `${PORT} is ${JSON.stringify(port)}; it must be a port from 1 to 65535.`;
      throw new QuintetError("QUINTET_SETTING", message, {
        advice: "It is used because bind is not set. Set an address with --bind.",
      });
    }
    found.bind = [`0.0.0.0:${port}`];
  }
  const workers = env[CONCURRENCY];
  if (workers && given.workers === undefined)
    found.workers = checkSetting("workers", workers, CONCURRENCY) as Settings["workers"];
  return found;
}
