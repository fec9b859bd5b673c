import { QuintetError } from "../errors.ts";
import { checkSetting } from "./check.ts";
import { variableName } from "./names.ts";
import type { Settings } from "./settings.ts";
import { isRepeated, settingNames, settingsTable } from "./table.ts";

export function defaultSettings(): Settings {
  const pairs = settingNames.map((name) => [name, settingsTable[name].default]);
  return Object.fromEntries(pairs) as unknown as Settings;
}

/** Settings from variables such as QUINTET_WORKERS. */
export function settingsFromEnvironment(env: NodeJS.ProcessEnv): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const name of settingNames) {
    const text = env[variableName(name)];
    if (text === undefined) continue;
    const value = isRepeated(settingsTable[name]) ? text.split(/[\s,]+/).filter(Boolean) : text;
    found[name] = checkSetting(name, value, variableName(name));
  }
  return found as Partial<Settings>;
}

/**
 * Settings from a config file, or from another object.
 *
 * @throws {QuintetError} QUINTET_SETTING for an unknown name or a wrong value
 */
export function checkSettings(values: object, source: string): Partial<Settings> {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(settingsTable, name)) {
      const message = `${source}: there is no setting ${JSON.stringify(name)}.`;
      throw new QuintetError("QUINTET_SETTING", message, {
        advice: `Settings are: ${settingNames.join(", ")}.`,
      });
    }
    if (value !== undefined) checked[name] = checkSetting(name as keyof Settings, value, source);
  }
  return checked as Partial<Settings>;
}
