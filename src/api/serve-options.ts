import { fileURLToPath } from "node:url";
import type { ApplicationTarget } from "../config/application-options.ts";
import type { ServeArguments } from "../config/deployment.ts";
import type { Settings } from "../config/settings.ts";
import { checkSettings } from "../config/settings/read-settings.ts";
import { QuintetError } from "../shared/errors.ts";
import { type PythonApplication, TARGET } from "./application.ts";

type CommandOnly = "user" | "group" | "fronts" | "control";

/** Settings of the command that need a process of their own, and what to do instead. */
const COMMAND_ONLY: Record<CommandOnly, string> = {
  user: "Start the program as that user.",
  group: "Start the program as that group.",
  fronts: "serve() runs one front. For several, use the quintet command.",
  control: "Call reload(), status() and close() of the server instead.",
};

/**
 * What to serve, and with which settings.
 *
 * All settings of the `quintet` command can be given, in the form of a config file, except `user`, `group`, `fronts` and
 * `control`. Durations are seconds and sizes are bytes. The defaults are those of the command.
 */
export interface ServeOptions extends Partial<Omit<Settings, CommandOnly>> {
  /**
   * What to serve, as the command names it: the path or `file:` URL of a `wsgi.ts`, or `package.module:attribute`. A relative
   * path starts in the current folder, or in `chdir`. Default: what the folder has, a `wsgi.ts`, `manage.py` or `wsgi.py`.
   */
  target?: string | URL;
  /**
   * A Python application to serve instead of `target`: what `getWsgiApplication()` or `getPythonApplication()` returned. The
   * server runs it in its own workers. An application written in TypeScript is named by its file, with `target`.
   */
  application?: PythonApplication;
  /** The config file to read. Default: `quintet.config.ts` in the folder, if it is there. */
  config?: string;
}

/** The options of `serve()`, in the form of a command line. */
interface ReadOptions {
  args: ServeArguments;
  /** The application to serve instead of the target that `args` name. */
  application: ApplicationTarget | undefined;
}

/** @throws {QuintetError} QUINTET_SETTING, QUINTET_NO_TARGET */
export function readOptions(options: ServeOptions): ReadOptions {
  const { target, application, config, ...given } = options;
  if (target !== undefined && application !== undefined) {
    throw new QuintetError("QUINTET_SETTING", "serve(): give target or application, not both.");
  }
  for (const [name, advice] of Object.entries(COMMAND_ONLY)) {
    if ((given as Record<string, unknown>)[name] === undefined) continue;
    throw new QuintetError("QUINTET_SETTING", `serve() does not take the setting ${name}.`, {
      advice,
    });
  }
  const word = target instanceof URL ? fileURLToPath(target) : target;
  const args: ServeArguments = {
    target: word,
    settings: checkSettings(given, "serve()"),
    config,
  };
  return { args, application: application && targetOf(application) };
}

/** @throws {QuintetError} QUINTET_NO_TARGET for an application that only this process could run */
function targetOf(application: PythonApplication): ApplicationTarget {
  const found: ApplicationTarget | undefined = application[TARGET];
  if (found) return found;
  const message = "serve(): the application is not a Python application, so no worker can load it.";
  throw new QuintetError("QUINTET_NO_TARGET", message, {
    advice:
      'Export an application written in TypeScript from a file, and name that: target: "wsgi.ts".',
  });
}

/**
 * Refuse a user that a config file or a variable sets.
 *
 * @throws {QuintetError} QUINTET_USER
 */
export function refuseUser({ user }: Settings): void {
  if (!user) return;
  const message = "serve() cannot change the user of the program that calls it.";
  throw new QuintetError("QUINTET_USER", message, {
    advice: `Remove the setting user, and start the program as ${user}.`,
  });
}
