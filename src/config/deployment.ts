import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { QuintetError } from "../shared/errors.ts";
import { resolveSocket } from "./address.ts";
import { checkSpoolFolder } from "./temp-folder.ts";
import type { Served } from "./served.ts";
import type { Settings } from "./settings.ts";
import { defaultWorkers } from "./default-workers.ts";
import { CONCURRENCY, settingsFromPlatform } from "./platform.ts";
import { checkSettings, defaultSettings, settingsFromEnvironment } from "./sources.ts";
import { findMapped } from "./static-map.ts";
import { checkTogether } from "./together.ts";
import { apply, withEnv } from "./environment.ts";
import { evaluate } from "./evaluate.ts";
import type { Arguments } from "./arguments.ts";
import { HERE } from "./folder.ts";
import { refuseForeignConfig } from "./foreign-config.ts";
import { findTarget } from "./target.ts";

const DEFAULT_CONFIG = "quintet.config.ts";

/** What is to be served, and how: what a command line, the environment, a config file and a wsgi.ts say together. */
export interface Deployment {
  settings: Settings;
  served: Served;
}

/**
 * Read it all anew.
 *
 * @param origin the folder in which the command was given
 * @param signal gives it up; without one the process ends with what it loads
 * @throws {QuintetError} what is wrong with it
 */
export async function findDeployment(
  args: Arguments,
  origin: string,
  signal?: AbortSignal,
): Promise<Deployment> {
  const overrides = { ...settingsFromEnvironment(process.env), ...args.settings };
  const config = configFile(args.config, resolve(origin, overrides.chdir ?? ""), origin);
  if (config) refuseForeignConfig(config, overrides.python ?? "");
  const load = (file: string | null, cwd: string, given: Partial<Settings>) => {
    const { bootTimeout, user, group } = { ...defaultSettings(), ...given };
    const order = { config: file ? null : config, file, overrides: given, user, group };
    return evaluate(order, process.env, cwd, bootTimeout, signal);
  };
  // The target is looked for where the application will run, which a config file may decide.
  const fromConfig = config ? (await load(null, origin, overrides)).config : {};
  const cwd = existingFolder(resolve(origin, { ...fromConfig, ...overrides }.chdir ?? ""), origin);
  const target = findTarget(args.words[0], cwd);
  const evaluated =
    target.kind === "file"
      ? await load(target.file, cwd, { ...fromConfig, ...overrides, chdir: "" })
      : null;
  const { project = target.project, ...options } = evaluated?.options ?? {};
  const given: Partial<Settings> = {
    ...checkSettings(options, basename(target.kind === "file" ? target.file : "")),
    ...fromConfig,
    ...overrides,
  };
  const platform = settingsFromPlatform(process.env, given);
  const settings: Settings = { ...defaultSettings(), ...platform, ...given };
  checkTogether(settings);
  settings.tempDir = resolve(cwd, settings.tempDir);
  // By the name of the folder, which may be a link to the current release.
  settings.touchReload = settings.touchReload.map((file) => resolve(cwd, file));
  // The master stays in the folder in which the command was given, and opens them as well.
  if (settings.logFile) settings.logFile = resolve(cwd, settings.logFile);
  settings.staticMap = findMapped(settings.staticMap, cwd);
  settings.bind = settings.bind.map((each) => resolveSocket(each, cwd));
  checkSpoolFolder(settings.tempDir);
  let env = withEnv(process.env, settings.env);
  // A TypeScript application's own workers load the file anew; the Python ones behind it get what it has set.
  if (evaluated) env = apply(env, evaluated.env);
  if (target.kind === "module" && target.settings) env.DJANGO_SETTINGS_MODULE ??= target.settings;
  const served: Served = {
    target: target.kind === "file" ? (evaluated?.target ?? target.file) : target.module,
    inner: evaluated && evaluated.target === null ? evaluated.inner : null,
    project,
    env,
    cwd,
    origin,
    served: target.kind === "file" ? basename(target.file) : target.module,
    workersBecause: whyWorkers(platform, given),
  };
  return { settings, served };
}

/** What to say of a number of workers that nobody has named to us; empty for nothing. */
function whyWorkers(platform: Partial<Settings>, given: Partial<Settings>): string {
  if (given.workers !== undefined) return "";
  return platform.workers === undefined ? defaultWorkers().because : `${CONCURRENCY} says so`;
}

function configFile(named: string | undefined, folder: string, origin: string): string | null {
  if (named !== undefined) {
    const file = resolve(origin, asPath(named));
    if (!existsSync(file)) throw new QuintetError("QUINTET_NO_FILE", `There is no file ${file}.`);
    return file;
  }
  const file = resolve(folder, DEFAULT_CONFIG);
  return existsSync(file) ? file : null;
}

/** Gunicorn takes `file:gunicorn.conf.py` and `python:shop.gunicorn`, too: whoever says so is to be told what to write instead. */
function asPath(named: string): string {
  const [, kind, rest = ""] = /^(file|python):(.+)$/s.exec(named) ?? [];
  if (kind === undefined) return named;
  return kind === "file" ? rest : `${rest.replaceAll(".", "/")}.py`;
}

function existingFolder(folder: string, origin: string): string {
  if (origin === HERE && folder !== HERE && folder.startsWith(HERE)) {
    const message = "The name of the current folder is not UTF-8, so chdir cannot start from it.";
    throw new QuintetError("QUINTET_NO_FILE", message, {
      advice: "Give the command in the folder that is to be served.",
    });
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new QuintetError("QUINTET_NO_FILE", `There is no folder ${folder}.`, {
    advice: "It was named by the setting chdir.",
  });
}
