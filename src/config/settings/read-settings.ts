import { QuintetError } from "../../shared/errors.ts";
import { nearest } from "../../shared/nearest.ts";
import { checkSetting } from "./check-setting.ts";
import { variableName } from "./names.ts";
import type { Settings } from "../settings.ts";
import { isRepeated, type Setting, settingNames, settingsTable } from "./table.ts";

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
    const setting: Setting<unknown> = settingsTable[name];
    const between = setting.separator ?? /[\s,]+/;
    const value = isRepeated(setting) ? text.split(between).filter((each) => each.trim()) : text;
    found[name] = checkSetting(name, value, variableName(name));
  }
  return found as Partial<Settings>;
}

/** Variables that are most likely meant for a setting, and are none: what to say of each. */
export function misspeltVariables(env: NodeJS.ProcessEnv): string[] {
  const names = settingNames.map(variableName);
  return Object.keys(env)
    .filter((name) => name.startsWith("QUINTET_") && !names.includes(name))
    .flatMap((name) => {
      if (name === "QUINTET_CONFIG") return [`${name} sets nothing. Name the file with --config.`];
      const meant = nearest(name, names);
      return meant ? [`${name} sets nothing. Did you mean ${meant}?`] : [];
    });
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
      const meant = nearest(name, settingNames);
      throw new QuintetError("QUINTET_SETTING", message, {
        advice: meant ? `Did you mean ${meant}?` : `Settings are: ${settingNames.join(", ")}.`,
      });
    }
    if (value !== undefined) checked[name] = checkSetting(name as keyof Settings, value, source);
  }
  return checked as Partial<Settings>;
}
