import { QuintetError } from "../../shared/errors.ts";
import { nearest } from "../../shared/nearest.ts";
import type { Settings } from "../settings.ts";
import { checkSetting } from "./check-setting.ts";
import { isRepeated, type Setting, variableName } from "./setting.ts";
import { settingNames, settingsTable } from "./table.ts";

/** The settings where nothing is given. */
export function defaultSettings(): Settings {
  const pairs = settingNames.map((name) => [name, settingsTable[name].default]);
  return Object.fromEntries(pairs) as unknown as Settings;
}

/**
 * Read settings from variables such as QUINTET_WORKERS.
 *
 * @throws {QuintetError} QUINTET_SETTING for an invalid value
 */
export function settingsFromEnvironment(env: NodeJS.ProcessEnv): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const name of settingNames) {
    const text = env[variableName(name)];
    if (text === undefined) continue;
    const setting: Setting = settingsTable[name];
    const separator = setting.separator ?? /[\s,]+/;
    const value = isRepeated(setting) ? text.split(separator).filter((each) => each.trim()) : text;
    found[name] = checkSetting(name, value, variableName(name));
  }
  return found as Partial<Settings>;
}

/** A warning for each variable that looks like a misspelt setting. */
export function misspeltVariables(env: NodeJS.ProcessEnv): string[] {
  const names = settingNames.map(variableName);
  return Object.keys(env)
    .filter((name) => name.startsWith("QUINTET_") && !names.includes(name))
    .flatMap((name) => {
      if (name === "QUINTET_CONFIG") return [`${name} has no effect. Name the file with --config.`];
      const meant = nearest(name, names);
      return meant ? [`${name} has no effect. Did you mean ${meant}?`] : [];
    });
}

/**
 * Check settings from a config file, or from the options of an application.
 *
 * @param source for the error: the file, or whose options they are
 * @throws {QuintetError} QUINTET_SETTING for an unknown name or an invalid value
 */
export function checkSettings(values: object, source: string): Partial<Settings> {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(settingsTable, name)) {
      const meant = nearest(name, settingNames);
      const message = `${source}: there is no setting ${JSON.stringify(name)}.`;
      throw new QuintetError("QUINTET_SETTING", message, {
        advice: meant ? `Did you mean ${meant}?` : `The settings are: ${settingNames.join(", ")}.`,
      });
    }
    if (value !== undefined) checked[name] = checkSetting(name as keyof Settings, value, source);
  }
  return checked as Partial<Settings>;
}
