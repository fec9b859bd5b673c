import type { Settings } from "../config/settings.ts";
import { checkSetting } from "../config/settings/check-setting.ts";
import { defaultSettings } from "../config/settings/read-settings.ts";
import type { Setting } from "../config/settings/setting.ts";
import { settingNames, settingsTable } from "../config/settings/table.ts";
import { variablesRecord } from "../config/values/variables.ts";

/**
 * Settings as master and fronts send them. A master outlives upgrades and rollbacks, so this is the form that all fronts read: the
 * text or the number that means "none" instead of `null`, and `env` as a list of `NAME=value`.
 */
export type PackedSettings = Pick<Settings, "gracefulTimeout"> & Record<string, unknown>;

export function packedSettings(settings: Settings): PackedSettings {
  const pairs = settingNames.map((name) => [name, packed(settingsTable[name], settings[name])]);
  return Object.fromEntries(pairs) as PackedSettings;
}

/**
 * The settings again. One that the sender did not know has its default.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function unpackedSettings(sent: PackedSettings): Settings {
  const given = Object.entries(sent).map(([name, value]) => {
    const setting = settingsTable[name as keyof Settings] as Setting | undefined;
    const differs = setting?.none !== undefined || setting?.kind === "variables";
    if (!differs) return [name, value];
    return [name, checkSetting(name as keyof Settings, value, "the running master")];
  });
  return { ...defaultSettings(), ...Object.fromEntries(given) };
}

function packed(setting: Setting, value: unknown): unknown {
  if (setting.kind === "variables") {
    const variables = variablesRecord(value as Settings["env"]);
    return Object.entries(variables).map(([name, text]) => `${name}=${text}`);
  }
  if (setting.none === undefined) return value;
  if (!setting.byPath || typeof value !== "object" || value === null)
    return noneAsText(setting, value);
  const pairs = Object.entries(value).map(([path, each]) => [path, noneAsText(setting, each)]);
  return Object.fromEntries(pairs);
}

function noneAsText({ kind, none }: Setting, value: unknown): unknown {
  if (value !== null || none === undefined) return value;
  return kind === "text" ? none.text : Number(none.text);
}
