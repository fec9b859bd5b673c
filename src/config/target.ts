import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { QuintetError } from "../shared/errors.ts";

/** What is to be served. */
export type Target =
  | { kind: "file"; file: string; project: string }
  | { kind: "module"; module: string; project: string; settings?: string };

const SCRIPT = /\.[cm]?[jt]s$/;
/** A module, `module:attribute` or `module:factory(…)`, and nothing a shell or a path would have. Python reads the call. */
const MODULE = /^[\p{L}_][\p{L}\p{N}_.]*(:[\p{L}_][\p{L}\p{N}_.]*(\s*\(.*\))?)?$/su;

/**
 * @param word what the command line names, if anything
 * @param folder the current folder
 * @throws {QuintetError} QUINTET_NO_TARGET, QUINTET_NO_FILE, QUINTET_USAGE
 */
export function findTarget(word: string | undefined, folder: string): Target {
  if (word === undefined) return targetOfFolder(folder);
  if (SCRIPT.test(word)) {
    const file = resolve(folder, word);
    if (!existsSync(file)) throw new QuintetError("QUINTET_NO_FILE", `There is no file ${file}.`);
    return { kind: "file", file, project: dirname(file) };
  }
  if (MODULE.test(word)) return { kind: "module", module: word, project: folder };
  throw new QuintetError("QUINTET_USAGE", `Cannot serve ${JSON.stringify(word)}.`, {
    advice: "Name a wsgi.ts, or a Python module such as oms.wsgi:application.",
  });
}

function targetOfFolder(folder: string): Target {
  const file = join(folder, "wsgi.ts");
  if (existsSync(file)) return { kind: "file", file, project: folder };
  const settings = settingsOfManage(folder);
  const own = settings ? wsgiPackage(settings, folder) : null;
  const modules = own === null ? wsgiModules(folder) : [`${own}.wsgi`];
  if (modules.length === 1) {
    return { kind: "module", module: `${modules[0]}:application`, project: folder };
  }
  if (settings === null) {
    const message = `There is no wsgi.ts and no manage.py in ${folder}, nor a wsgi.py there or one folder below.`;
    throw new QuintetError(
      "QUINTET_NO_TARGET",
      modules.length > 1 ? `There are several wsgi.py in ${folder}.` : message,
      { advice: modules.length > 1 ? adviceFor(modules) : (below(folder) ?? adviceFor([])) },
    );
  }
  if (settings === "") throw noSettings(folder, modules);
  return { kind: "module", module: "django", project: folder, settings };
}

function adviceFor(modules: string[]): string {
  return `Name what to serve (${example(modules)}), or a folder (--chdir).`;
}

/** More folders are not named. */
const FOLDERS = 3;

/** The folders in this one that have a manage.py, as where the repository holds more than the project; null without one. */
function below(folder: string): string | null {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && existsSync(join(folder, name, "manage.py")))
    .map(({ name }) => name)
    .toSorted();
  if (names.length === 0) return null;
  const commands = names.slice(0, FOLDERS).map((name) => `quintet --chdir ${name}`);
  return `There is a manage.py one folder below: ${commands.join(", or ")}.`;
}

/** How manage.py and wsgi.py name the settings. */
const NAMED_SETTINGS = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']/;

/**
 * The package with the project's wsgi.py: that of the settings, or one around it, as in a project whose settings are
 * several modules (shop.settings.dev, and shop/wsgi.py).
 */
function wsgiPackage(settings: string, folder: string): string | null {
  const names = settings.split(".").slice(0, -1);
  for (; names.length > 0; names.pop()) {
    if (existsSync(join(folder, ...names, "wsgi.py"))) return names.join(".");
  }
  return null;
}

/**
 * The settings module that a Django project's manage.py names, or null where there is no manage.py.
 *
 * @throws {QuintetError} QUINTET_NO_SETTINGS for a manage.py that names none
 */
export function djangoSettings(folder: string): string | null {
  const settings = settingsOfManage(folder);
  if (settings === "") throw noSettings(folder, wsgiModules(folder));
  return settings;
}

/** The same, and empty for a manage.py that names none, as where a `.env` does. */
function settingsOfManage(folder: string): string | null {
  const manage = join(folder, "manage.py");
  if (!existsSync(manage)) return null;
  return NAMED_SETTINGS.exec(readFileSync(manage, "utf8"))?.[1] ?? "";
}

function noSettings(folder: string, modules: string[]): QuintetError {
  const message = `${join(folder, "manage.py")} does not say which settings it uses.`;
  return new QuintetError("QUINTET_NO_SETTINGS", message, {
    advice: `Name the module to serve (${example(modules)}), or write a wsgi.ts that sets DJANGO_SETTINGS_MODULE.`,
  });
}

function example(modules: string[]): string {
  return (modules.length > 0 ? modules : ["oms.wsgi"])
    .map((module) => `quintet ${module}:application`)
    .join(", ");
}

/** The modules of a folder that are a wsgi.py with an `application`: its own, or those of the folders in it. */
function wsgiModules(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isFile() && IDENTIFIER.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
  const has = (file: string): boolean =>
    existsSync(file) &&
    /^\s*(?:(?:async )?def |class )?application\b|import .*\bapplication\b/m.test(
      readFileSync(file, "utf8"),
    );
  if (has(join(folder, "wsgi.py"))) return ["wsgi"];
  return names.filter((name) => has(join(folder, name, "wsgi.py"))).map((name) => `${name}.wsgi`);
}

/** What a package of Python may be called. */
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** The settings to serve a project with: those of its wsgi.py, for manage.py may name others for development. */
export function servedSettings(settings: string, folder: string): string {
  const own = wsgiPackage(settings, folder);
  if (own === null) return settings;
  const text = readFileSync(join(folder, ...own.split("."), "wsgi.py"), "utf8");
  return NAMED_SETTINGS.exec(text)?.[1] ?? settings;
}

/** The name of the project, for a comment: the package that holds the settings. */
export function projectName(settings: string, folder: string): string {
  return settings.includes(".") ? (settings.split(".")[0] as string) : basename(resolve(folder));
}
