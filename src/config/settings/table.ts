import type { Settings } from "../settings.ts";
import { application } from "./application.ts";
import { files } from "./files.ts";
import { limits } from "./limits.ts";
import { log } from "./log.ts";
import { server } from "./server.ts";
import type { Setting, SettingGroup } from "./setting.ts";
import { timeouts } from "./timeouts.ts";
import { workers } from "./workers.ts";

/** All settings by subject, in the order of --help and docs/reference/settings.md. */
export const settingGroups: readonly SettingGroup[] = [
  server,
  workers,
  timeouts,
  limits,
  application,
  files,
  log,
];

/**
 * All settings by name. Flags, variables, the config file, --help, docs/reference/settings.md and src/config/settings.ts
 * (which `npm run docs` writes) come from here.
 */
export const settingsTable: { readonly [Name in keyof Settings]: Setting<Settings[Name]> } =
  Object.assign({}, ...settingGroups.map(({ settings }) => settings));

export const settingNames: readonly (keyof Settings)[] = Object.keys(
  settingsTable,
) as (keyof Settings)[];
