import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { QuintetError } from "../shared/errors.ts";

/** What to serve: a wsgi.ts, or a Python module. */
export type Target =
  | { kind: "file"; file: string; project: string }
  | { kind: "module"; module: string; project: string; settings?: string };

const SCRIPT = /\.[cm]?[jt]s$/;
/** `module`, `module:attribute` or `module:factory(…)`. Python parses the call. */
const MODULE = /^[\p{L}_][\p{L}\p{N}_.]*(:[\p{L}_][\p{L}\p{N}_.]*(\s*\(.*\))?)?$/su;

/**
 * @param word the target on the command line, if there is one
 * @param folder the current folder of the application
 * @throws {QuintetError} QUINTET_NO_TARGET, QUINTET_NO_FILE, QUINTET_USAGE
 */
export function findTarget(word: string | undefined, folder: string): Target {
  if (word === undefined) return targetOfFolder(folder);
  if (SCRIPT.test(word)) {
    const file = resolve(folder, word);
    if (!existsSync(file))
      throw new QuintetError("QUINTET_NO_FILE", `The file ${file} does not exist.`);
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
    const message = `There is no wsgi.ts and no manage.py in ${folder}, and no wsgi.py there or one folder below.`;
    throw new QuintetError(
      "QUINTET_NO_TARGET",
      modules.length > 1 ? `There are several wsgi.py files in ${folder}.` : message,
      {
        advice:
          modules.length > 1 ? adviceFor(modules) : (adviceForSubfolders(folder) ?? adviceFor([])),
      },
    );
  }
  if (settings === "") throw noSettings(folder, modules);
  return { kind: "module", module: "django", project: folder, settings };
}

function adviceFor(modules: string[]): string {
  return `Name what to serve (${example(modules)}), or another folder with --chdir.`;
}

/** The error names no more folders than this. */
const MAX_FOLDERS_SHOWN = 3;

/** Advice that names the folders one below with a manage.py, for a repository that contains more than the project. Or null. */
function adviceForSubfolders(folder: string): string | null {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && existsSync(join(folder, name, "manage.py")))
    .map(({ name }) => name)
    .toSorted();
  if (names.length === 0) return null;
  const commands = names.slice(0, MAX_FOLDERS_SHOWN).map((name) => `quintet --chdir ${name}`);
  return `There is a manage.py one folder below: ${commands.join(", or ")}.`;
}

/** The line of manage.py and wsgi.py that names the settings module. */
const NAMED_SETTINGS = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']/;

/**
 * The package that contains the project's wsgi.py. It is the package of the settings or one around it: a project may have
 * several settings modules (shop.settings.dev) beside shop/wsgi.py.
 */
function wsgiPackage(settings: string, folder: string): string | null {
  const names = settings.split(".").slice(0, -1);
  for (; names.length > 0; names.pop()) {
    if (existsSync(join(folder, ...names, "wsgi.py"))) return names.join(".");
  }
  return null;
}

/**
 * The settings module that a Django project's manage.py names; null without a manage.py.
 *
 * @throws {QuintetError} QUINTET_NO_SETTINGS if manage.py names none
 */
export function djangoSettings(folder: string): string | null {
  const settings = settingsOfManage(folder);
  if (settings === "") throw noSettings(folder, wsgiModules(folder));
  return settings;
}

/** The same, but empty if manage.py names none: a `.env` file may. */
function settingsOfManage(folder: string): string | null {
  const manage = join(folder, "manage.py");
  if (!existsSync(manage)) return null;
  return NAMED_SETTINGS.exec(readFileSync(manage, "utf8"))?.[1] ?? "";
}

function noSettings(folder: string, modules: string[]): QuintetError {
  const message = `${join(folder, "manage.py")} names no settings module.`;
  return new QuintetError("QUINTET_NO_SETTINGS", message, {
    advice: `Name the module to serve (${example(modules)}), or write a wsgi.ts that sets DJANGO_SETTINGS_MODULE.`,
  });
}

function example(modules: string[]): string {
  return (modules.length > 0 ? modules : ["oms.wsgi"])
    .map((module) => `quintet ${module}:application`)
    .join(", ");
}

/** The modules whose wsgi.py defines `application`: the folder's own, otherwise those of the folders in it. */
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

/** A name of a Python package. */
const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/** The settings module for production: that of wsgi.py, because manage.py may name one for development. */
export function servedSettings(settings: string, folder: string): string {
  const own = wsgiPackage(settings, folder);
  if (own === null) return settings;
  const text = readFileSync(join(folder, ...own.split("."), "wsgi.py"), "utf8");
  return NAMED_SETTINGS.exec(text)?.[1] ?? settings;
}

/** The name of the project, for a comment: the outermost package of the settings. */
export function projectName(settings: string, folder: string): string {
  return settings.includes(".") ? (settings.split(".")[0] as string) : basename(resolve(folder));
}
