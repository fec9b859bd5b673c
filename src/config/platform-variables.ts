import { QuintetError } from "../shared/errors.ts";
import { checkSetting } from "./settings/check-setting.ts";
import type { Settings } from "./settings.ts";

/** The variables by which platforms tell any server where to listen, and how many processes to have. */
export const PORT = "PORT";
export const CONCURRENCY = "WEB_CONCURRENCY";

/**
 * What the platform says (Heroku, Render, Railway, Cloud Run …). It stands for the defaults: what is said to Quintet itself wins.
 *
 * @param given what is; a variable that is not needed is not looked at
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
      const message = `${PORT} is ${JSON.stringify(port)}, and should be a port, from 1 to 65535.`;
      throw new QuintetError("QUINTET_SETTING", message, {
        advice: "It is looked at because no address is named. Name one with --bind.",
      });
    }
    found.bind = [`0.0.0.0:${port}`];
  }
  const workers = env[CONCURRENCY];
  if (workers && given.workers === undefined)
    found.workers = checkSetting("workers", workers, CONCURRENCY) as Settings["workers"];
  return found;
}
