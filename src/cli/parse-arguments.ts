import { parseArgs, type ParseArgsConfig } from "node:util";
import { QuintetError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { checkSetting } from "../config/settings/check-setting.ts";
import { flagName } from "../config/settings/names.ts";
import type { Settings } from "../config/settings.ts";
import {
  isFlag,
  isRepeated,
  type Setting,
  settingNames,
  settingsTable,
} from "../config/settings/table.ts";

/** A command line, understood. */
export interface Arguments {
  /** What is not a flag: a command, or what to serve. */
  words: string[];
  settings: Partial<Settings>;
  config: string | undefined;
  /** Which server a command such as `reload` means. */
  pid: string | undefined;
  json: boolean;
  help: boolean;
  version: boolean;
}

/** @throws {QuintetError} QUINTET_USAGE, QUINTET_SETTING */
export function parseArguments(args: string[]): Arguments {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    config: { type: "string", short: "c" },
    pid: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
    version: { type: "boolean" },
  };
  for (const name of settingNames) {
    const setting: Setting<unknown> = settingsTable[name];
    const { short } = setting;
    options[flagName(name)] = {
      type: isFlag(setting) ? "boolean" : "string",
      ...(isRepeated(setting) ? { multiple: true } : {}),
      ...(short ? { short } : {}),
    };
  }
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    const [first = ""] = (error as Error).message.split(". To specify");
    const unknown = /^Unknown option '--([^']+)'/.exec(first)?.[1];
    const meant = unknown && nearest(unknown, Object.keys(options));
    const advice = `${meant ? `Did you mean --${meant}? ` : ""}See: quintet --help`;
    throw new QuintetError("QUINTET_USAGE", first, { advice, cause: error });
  }
  const { values, positionals } = parsed;
  const settings: Record<string, unknown> = {};
  for (const name of settingNames) {
    const value = values[flagName(name)];
    if (value !== undefined) settings[name] = checkSetting(name, value, `--${flagName(name)}`);
  }
  return {
    words: positionals,
    settings: settings as Partial<Settings>,
    config: values.config as string | undefined,
    pid: values.pid as string | undefined,
    json: values.json === true,
    help: values.help === true,
    version: values.version === true,
  };
}
