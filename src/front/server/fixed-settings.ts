import type { Settings } from "../../config/settings.ts";
import { appliedByText } from "../../config/settings/describe.ts";
import { settingNames, settingsTable } from "../../config/settings/table.ts";

/** The settings that a reload cannot change, because they belong to the front or to the master: `appliedBy` in the table. */
const FIXED = settingNames.filter((name) => settingsTable[name].appliedBy !== undefined);

/**
 * The settings that a front serves with after a reload, and any front that replaces it: those read now, except that the fixed
 * ones stay as they were.
 */
export function keepFixed(before: Settings, now: Settings): Settings {
  const kept = Object.fromEntries(FIXED.map((name) => [name, before[name]]));
  return { ...now, ...kept };
}

/** A warning for each fixed setting to which a reload has read another value. */
export function changedFixed(before: Settings, now: Settings): string[] {
  const changed = FIXED.filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]),
  );
  return changed.map(
    (name) => `the setting ${name} has changed, which takes ${appliedByText(settingsTable[name])}`,
  );
}
