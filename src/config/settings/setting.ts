/** How a setting's value is written and read. */
export type Kind =
  | "text"
  | "list"
  | "whole"
  | "workers"
  | "seconds"
  | "bytes"
  | "switch"
  | "auto"
  | "choice"
  | "variables"
  | "staticMap"
  | "headers";

/** Another server's name for a setting. */
export interface ForeignName {
  name: string;
  /** Converts that server's value to ours; undefined if it has no equivalent. Without this the value is used as it is. */
  convert?(theirs: unknown): unknown;
  /** What differs here, for a comment beside the value. */
  note?: string;
}

/** Everything about one setting, except its use. */
export interface Setting<Value = unknown> {
  kind: Kind;
  default: Value;
  /** Describes a default that depends on the machine or the environment. */
  defaultText?: string;
  /** Stands for the value in --help; a flag that takes no value has none. */
  placeholder?: string;
  /** The one-letter flag. */
  short?: string;
  /** Bounds of a number, both included. Without them: 0, and for seconds one day. */
  min?: number;
  max?: number;
  choices?: readonly string[];
  /** Separates the items in an environment variable, if whitespace and commas cannot. */
  separator?: string;
  /** `true`: one value for all paths, or values by path. `"only"`: always by path. */
  byPath?: true | "only";
  /** The list must have at least one item. */
  nonEmpty?: true;
  /** The setting can be `null`. `text` is its form in a flag or a variable, `means` its meaning. */
  none?: { text: string; means: string };
  /**
   * Checks a text, or each item of a list.
   *
   * @returns what it must be, or null if it is valid
   */
  check?(text: string): string | null;
  /** What applies a changed value. Without this a reload does. */
  appliedBy?: "upgrade" | "restart";
  /** It is also an option of getWsgiApplication() and getPythonApplication(). */
  applicationOption?: true;
  /** The same setting in Gunicorn and uWSGI. */
  gunicorn?: readonly (string | ForeignName)[];
  uwsgi?: readonly (string | ForeignName)[];
  /** The description in --help, in docs/reference/settings.md and in editors. */
  doc: string;
  /** What --no-NAME does, for a switch that is on by default. */
  docOff?: string;
}

/** Settings about one subject. */
export interface SettingGroup {
  title: string;
  settings: Readonly<Record<string, Setting>>;
}

/**
 * Throws QUINTET_SETTING: the value must be `expected`.
 *
 * @param wrong the part of the value that is invalid; without it the whole value is
 */
export type Refuse = (expected: string, wrong?: unknown) => never;

/** Whether a setting may be given several times on one command line. */
export function isRepeated({ kind, byPath }: Setting): boolean {
  const several: readonly Kind[] = ["list", "variables", "staticMap", "headers"];
  return several.includes(kind) || byPath !== undefined;
}

/** Whether a setting is a flag without a value: `--name` and `--no-name`. */
export function isFlag({ kind, byPath }: Setting): boolean {
  return kind === "auto" || (kind === "switch" && byPath === undefined);
}

/** `gracefulTimeout` as the flag `graceful-timeout`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `gracefulTimeout` as the variable `QUINTET_GRACEFUL_TIMEOUT`. */
export function variableName(name: string): string {
  return `QUINTET_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}
