import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { QuintetError } from "../errors.ts";

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
  const settings = djangoSettings(folder);
  if (settings === null) {
    throw new QuintetError(
      "QUINTET_NO_TARGET",
      `There is no wsgi.ts and no manage.py in ${folder}.`,
      {
        advice: "Name what to serve (quintet oms.wsgi:application), or a folder (--chdir).",
      },
    );
  }
  const own = wsgiPackage(settings, folder);
  if (own !== null) {
    return { kind: "module", module: `${own}.wsgi:application`, project: folder };
  }
  return { kind: "module", module: "django", project: folder, settings };
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
  const manage = join(folder, "manage.py");
  if (!existsSync(manage)) return null;
  const found = NAMED_SETTINGS.exec(readFileSync(manage, "utf8"));
  if (!found) {
    const message = `${manage} does not say which settings it uses.`;
    throw new QuintetError("QUINTET_NO_SETTINGS", message, {
      advice: "Write a wsgi.ts that sets DJANGO_SETTINGS_MODULE, or name the module to serve.",
    });
  }
  return found[1] as string;
}

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
