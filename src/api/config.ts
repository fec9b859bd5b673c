import type { Settings } from "../config/settings.ts";

export type { Settings } from "../config/settings.ts";

/**
 * Types the settings of a `quintet.config.ts`:
 *
 * ```ts
 * import { defineConfig } from "quintet/config";
 *
 * export default defineConfig({ bind: [":8000"], workers: 4 });
 * ```
 */
export function defineConfig(settings: Partial<Settings>): Partial<Settings> {
  return settings;
}
