import type { Settings } from "../config/settings.ts";

/** A flag that is not a setting. */
export interface OwnFlag {
  short?: string;
  /** Stands for the value in --help. Missing for a flag without a value. */
  placeholder?: string;
  doc: string;
}

/** A command line after parsing. */
export interface Invocation {
  /** The arguments that are not flags, without the command's name. */
  words: string[];
  /** The settings given as flags. */
  settings: Partial<Settings>;
  /** The flags that are not settings, by name: their value, or true. */
  flags: Readonly<Record<string, string | true | undefined>>;
}

/** Everything about one command of `quintet`. src/cli/commands.ts lists all commands. */
export interface Command {
  /** Empty for serving, which has no name. */
  name: string;
  /** What follows the name, for --help: `[folder | wsgi.py]`. */
  usage: string;
  /** One sentence for `quintet --help`. */
  summary: string;
  /** More sentences for `quintet NAME --help`. */
  details: string;
  /** The maximum number of words that it takes. */
  maxWords: number;
  /** The settings that it takes as flags. */
  settings: readonly (keyof Settings)[];
  /** Its other flags, by name. All commands also take --help. */
  flags: Readonly<Record<string, OwnFlag>>;
  /** @throws {QuintetError} why it failed */
  run(invocation: Invocation): Promise<void> | void;
}

/** How a person calls a command: `quintet stop`. */
export function calledAs({ name }: Command): string {
  return name === "" ? "quintet" : `quintet ${name}`;
}
