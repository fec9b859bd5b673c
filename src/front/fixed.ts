import type { Settings } from "../config/settings.ts";
import { appliedByText } from "../config/settings/describe.ts";
import { settingNames, settingsTable } from "../config/settings/table.ts";

/** The settings that a reload cannot change: they belong to the front or to the process above it. */
const FIXED = settingNames.filter((name) => settingsTable[name].appliedBy !== undefined);

/** What has been read, but with those as they were: what whoever takes a front's place serves with. */
export function keepFixed(before: Settings, now: Settings): Settings {
  const kept = Object.fromEntries(FIXED.map((name) => [name, before[name]]));
  return { ...now, ...kept };
}

/** What is said of those that a reload has read with another value. */
export function changedFixed(before: Settings, now: Settings): string[] {
  const changed = FIXED.filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]),
  );
  return changed.map(
    (name) => `the setting ${name} has changed, which takes ${appliedByText(settingsTable[name])}`,
  );
}
