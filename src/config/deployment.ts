import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { QuintetError } from "../shared/errors.ts";
import { resolveSocket } from "./values/address.ts";
import { checkTempDir } from "./check-temp-dir.ts";
import type { Served } from "./served.ts";
import type { Settings } from "./settings.ts";
import { defaultWorkers } from "./default-workers.ts";
import { CONCURRENCY, settingsFromPlatform } from "./platform-variables.ts";
import {
  checkSettings,
  defaultSettings,
  settingsFromEnvironment,
} from "./settings/read-settings.ts";
import { findMapped } from "./values/static-map.ts";
import { checkCombinations } from "./settings/check-combinations.ts";
import { apply, withEnv } from "./environment.ts";
import { evaluate } from "./evaluate.ts";
import type { ApplicationTarget } from "./application-options.ts";
import { HERE } from "./current-folder.ts";
import { refuseForeignConfig } from "./other-servers/refuse-config.ts";
import { findTarget, type Target } from "./target.ts";

const DEFAULT_CONFIG = "quintet.config.ts";

/** What the command line says about serving. */
export interface ServeArguments {
  /** A wsgi.ts or a Python module; undefined to find it in the folder. */
  target: string | undefined;
  /** The settings given as flags. */
  settings: Partial<Settings>;
  /** The config file; undefined for quintet.config.ts if that exists. */
  config: string | undefined;
}

/** What is served, and with which settings. Combines the command line, the environment, the config file and the wsgi.ts. */
export interface Deployment {
  settings: Settings;
  served: Served;
}

/**
 * Find out what to serve. Reads every file again, so reloads use it, too.
 *
 * @param origin the folder in which the command was run
 * @param signal aborts loading. Without it, a signal that ends this process also ends what it loads.
 * @param application serve this Python application instead of the target of `args`
 * @throws {QuintetError} for anything that is wrong in one of the sources
 */
export async function findDeployment(
  args: ServeArguments,
  origin: string,
  signal?: AbortSignal,
  application?: ApplicationTarget,
): Promise<Deployment> {
  const overrides = { ...settingsFromEnvironment(process.env), ...args.settings };
  const config = configFile(args.config, resolve(origin, overrides.chdir ?? ""), origin);
  if (config) refuseForeignConfig(config, overrides.python ?? null);
  const load = (file: string | null, cwd: string, given: Partial<Settings>) => {
    const { bootTimeout, user, group } = { ...defaultSettings(), ...given };
    const order = { config: file ? null : config, file, overrides: given, user, group };
    return evaluate(order, process.env, cwd, bootTimeout, signal);
  };
  // The config file may set the folder that the application runs in, so find the target after reading it.
  const fromConfig = config ? (await load(null, origin, overrides)).config : {};
  const cwd = existingFolder(resolve(origin, { ...fromConfig, ...overrides }.chdir ?? ""), origin);
  const target = application ? targetOf(application, cwd) : findTarget(args.target, cwd);
  const evaluated =
    target.kind === "file"
      ? await load(target.file, cwd, { ...fromConfig, ...overrides, chdir: null })
      : null;
  const { project = target.project, ...options } = evaluated?.options ?? application?.options ?? {};
  const given: Partial<Settings> = {
    ...checkSettings(
      options,
      target.kind === "file" ? basename(target.file) : "options of the application",
    ),
    ...fromConfig,
    ...overrides,
  };
  const platform = settingsFromPlatform(process.env, given);
  const settings: Settings = { ...defaultSettings(), ...platform, ...given };
  checkCombinations(settings);
  settings.tempDir = resolve(cwd, settings.tempDir);
  // cwd may be a link to the current release, so these paths go through that link.
  settings.touchReload = settings.touchReload.map((file) => resolve(cwd, file));
  // The master opens these too, and it stays in the folder in which the command was run.
  if (settings.logFile) settings.logFile = resolve(cwd, settings.logFile);
  settings.staticMap = findMapped(settings.staticMap, cwd);
  settings.bind = settings.bind.map((each) => resolveSocket(each, cwd));
  checkTempDir(settings.tempDir);
  let env = withEnv(process.env, settings.env);
  // Python workers never load the file, so they get the variables it set. Node workers load it again themselves.
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

function targetOf({ target, options }: ApplicationTarget, cwd: string): Target {
  return { kind: "module", module: target, project: options.project ?? cwd };
}

/** Why the server has this number of workers, if it was not set; empty if there is nothing to explain. */
function whyWorkers(platform: Partial<Settings>, given: Partial<Settings>): string {
  if (given.workers !== undefined) return "";
  return platform.workers === undefined ? defaultWorkers().because : `${CONCURRENCY} is set`;
}

function configFile(named: string | undefined, folder: string, origin: string): string | null {
  if (named !== undefined) {
    const file = resolve(origin, asPath(named));
    if (!existsSync(file))
      throw new QuintetError("QUINTET_NO_FILE", `The file ${file} does not exist.`);
    return file;
  }
  const file = resolve(folder, DEFAULT_CONFIG);
  return existsSync(file) ? file : null;
}

/** Gunicorn also accepts `file:gunicorn.conf.py` and `python:shop.gunicorn`. Find that file, to show what to write instead. */
function asPath(named: string): string {
  const [, kind, rest = ""] = /^(file|python):(.+)$/s.exec(named) ?? [];
  if (kind === undefined) return named;
  return kind === "file" ? rest : `${rest.replaceAll(".", "/")}.py`;
}

function existingFolder(folder: string, origin: string): string {
  if (origin === HERE && folder !== HERE && folder.startsWith(HERE)) {
    const message =
      "The name of the current folder is not UTF-8, so chdir cannot be relative to it.";
    throw new QuintetError("QUINTET_NO_FILE", message, {
      advice: "Run the command in the folder that you want to serve.",
    });
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new QuintetError("QUINTET_NO_FILE", `The folder ${folder} does not exist.`, {
    advice: "It comes from the setting chdir.",
  });
}
