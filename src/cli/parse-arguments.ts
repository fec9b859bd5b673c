import { parseArgs, type ParseArgsConfig } from "node:util";
import { checkSetting } from "../config/settings/check-setting.ts";
import { flagName, isFlag, isRepeated, type Setting } from "../config/settings/setting.ts";
import { settingNames, settingsTable } from "../config/settings/table.ts";
import type { Settings } from "../config/settings.ts";
import { QuintetError } from "../shared/errors.ts";
import { nearest } from "../shared/nearest.ts";
import { calledAs, type Command, type Invocation } from "./command.ts";
import { commands } from "./commands.ts";

/** What a command line asks for. */
export type Parsed =
  | { kind: "help"; command: Command | null }
  | { kind: "version" }
  | { kind: "run"; command: Command; invocation: Invocation };

const byName = new Map(commands.map((command) => [command.name, command]));
const serve = byName.get("") as Command;
const ownFlags = Object.assign({}, ...commands.map(({ flags }) => flags)) as Command["flags"];

/**
 * @param args without Node and the script
 * @throws {QuintetError} QUINTET_USAGE, or QUINTET_SETTING for an invalid value
 */
export function parseArguments(args: string[]): Parsed {
  const { values, positionals, tokens } = parseFlags(args);
  const named = byName.get(positionals[0] || "none");
  if (values.help === true) return { kind: "help", command: named ?? null };
  if (values.version === true) return { kind: "version" };
  const command = named ?? serve;
  const words = named ? positionals.slice(1) : positionals;
  for (const token of tokens) {
    if (token.kind === "option") refuseForeignFlag(command, token.name, token.rawName);
  }
  if (words.length > command.maxWords) {
    const message = `Unexpected argument ${JSON.stringify(words[command.maxWords])}.`;
    const usage = [calledAs(command), command.usage].filter(Boolean).join(" ");
    throw new QuintetError("QUINTET_USAGE", message, { advice: `Usage: ${usage}` });
  }
  return { kind: "run", command, invocation: { words, ...flagsOf(values) } };
}

/** Parses the flags of all commands, because the command is only known afterwards. */
function parseFlags(args: string[]) {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean" },
  };
  for (const [name, { short, placeholder }] of Object.entries(ownFlags)) {
    options[name] = { type: placeholder ? "string" : "boolean", ...(short ? { short } : {}) };
  }
  for (const name of settingNames) {
    const setting: Setting = settingsTable[name];
    const { short } = setting;
    options[flagName(name)] = {
      type: isFlag(setting) ? "boolean" : "string",
      ...(isRepeated(setting) ? { multiple: true } : {}),
      ...(short ? { short } : {}),
    };
  }
  try {
    return parseArgs({
      args,
      options,
      allowPositionals: true,
      allowNegative: true,
      tokens: true,
    });
  } catch (error) {
    const [message = ""] = (error as Error).message.split(". To specify");
    const unknown = /^Unknown option '--([^']+)'/.exec(message)?.[1];
    const meant = unknown && nearest(unknown, Object.keys(options));
    const advice = `${meant ? `Did you mean --${meant}? ` : ""}See: quintet --help`;
    throw new QuintetError("QUINTET_USAGE", message, { advice, cause: error });
  }
}

/** The flags of a command, without dashes. */
function flagNames({ flags, settings }: Command): string[] {
  return [...Object.keys(flags), ...settings.map(flagName)];
}

/** @throws {QuintetError} QUINTET_USAGE for a flag that only other commands take */
function refuseForeignFlag(command: Command, name: string, rawName: string): void {
  const own = flagNames(command);
  if (own.includes(name)) return;
  const message = `${calledAs(command)} does not take ${rawName}.`;
  let advice = own.length > 0 ? `It takes ${listed(own)}.` : "It takes no flags.";
  if (command === serve) {
    const others = commands.filter((each) => flagNames(each).includes(name)).map(calledAs);
    advice = `${rawName} is a flag of ${others.join(", ")}.`;
  }
  const help = command === serve ? "quintet --help" : `${calledAs(command)} --help`;
  throw new QuintetError("QUINTET_USAGE", message, { advice: `${advice} See: ${help}` });
}

/** `--pid, --control and --chdir`. */
function listed(names: string[]): string {
  const flags = names.map((name) => `--${name}`);
  const last = flags.pop() as string;
  return flags.length > 0 ? `${flags.join(", ")} and ${last}` : last;
}

function flagsOf(values: Record<string, unknown>): Pick<Invocation, "settings" | "flags"> {
  const settings: Record<string, unknown> = {};
  for (const name of settingNames) {
    const flag = flagName(name);
    const value = values[flag];
    if (value !== undefined) settings[name] = checkSetting(name, value, `--${flag}`);
  }
  const flags = Object.keys(ownFlags).map((name) => [name, values[name]]);
  return {
    settings: settings as Partial<Settings>,
    flags: Object.fromEntries(flags) as Invocation["flags"],
  };
}
