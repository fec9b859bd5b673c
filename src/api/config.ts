import type { Settings } from "../config/settings.ts";

export type { Settings } from "../config/settings.ts";

/**
 * Give the settings of a `quintet.config.ts` their types. It returns them as they are; the server checks them when it loads
 * the file.
 *
 * ```ts
 * import { defineConfig } from "quintet/config";
 *
 * export default defineConfig({ bind: [":8000"], workers: 4 });
 * ```
 *
 * @param settings the settings to change from their defaults. Durations are seconds, sizes are bytes
 */
export function defineConfig(settings: Partial<Settings>): Partial<Settings> {
  return settings;
}
