import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { QuintetError, systemCode } from "../../shared/errors.ts";
import { chooseWsgi } from "../init/choose-wsgi.ts";
import { type ProjectFacts, readProject } from "../init/project-facts.ts";
import { planFile } from "../init/plan.ts";
import { wsgiFile } from "../init/wsgi-file.ts";
import { printableLines } from "../../shared/printable.ts";

/**
 * `quintet init [folder | wsgi.py]`: write the wsgi.ts of a Django project, so that it serves what its wsgi.py serves. The
 * project is read, and nothing of it is run.
 *
 * @param where the project's folder, or the wsgi.py that is meant
 * @param python the setting of that name
 * @throws {QuintetError} QUINTET_NO_TARGET, QUINTET_NO_SETTINGS, QUINTET_WSGI_PY, QUINTET_FILE_EXISTS
 */
export function init(where: string, python = ""): void {
  const { folder, named } = placeOf(where);
  const file = join(folder, "wsgi.ts");
  const facts = existsSync(folder) ? readProject(resolve(folder), python) : NOTHING;
  const wsgi = chooseWsgi(facts, named);
  if (wsgi === null) checkManage(facts, folder);
  const plan = planFile(facts, wsgi, basename(resolve(folder)));
  try {
    writeFileSync(file, wsgiFile(plan), { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    throw new QuintetError(
      "QUINTET_FILE_EXISTS",
      `${file} is there already, and is left as it is.`,
    );
  }
  process.stdout.write(`Wrote ${file}. Serve it with: quintet ${file}\n`);
  for (const note of plan.notes) process.stderr.write(`${printableLines(note)}\n`);
}

const NOTHING: ProjectFacts = { python: "", manage: null, wsgi: [], files: [], settings: {} };

/** The folder for the wsgi.ts: of a wsgi.py that is named, that of the manage.py above it, else the current one. */
function placeOf(where: string): { folder: string; named: string | null } {
  if (!where.endsWith(".py")) return { folder: where, named: null };
  if (!existsSync(where)) {
    throw new QuintetError("QUINTET_NO_FILE", `There is no file ${resolve(where)}.`);
  }
  const file = realpathSync(where);
  let folder = dirname(file);
  while (!existsSync(join(folder, "manage.py")) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  if (!existsSync(join(folder, "manage.py"))) folder = realpathSync(".");
  const inside = relative(folder, file);
  if (inside.startsWith("..")) folder = dirname(file);
  return { folder: relative(process.cwd(), folder) || ".", named: relative(folder, file) };
}

/** @throws {QuintetError} QUINTET_NO_TARGET, QUINTET_NO_SETTINGS */
function checkManage({ manage }: ProjectFacts, folder: string): void {
  if (manage === null) {
    const message = `There is no manage.py in ${resolve(folder)}, and no wsgi.py in it or below.`;
    throw new QuintetError("QUINTET_NO_TARGET", message, {
      advice: "Start it in the folder of a Django project, or name that folder: quintet init shop",
    });
  }
  if (manage.settings !== null) return;
  const file = join(folder, "manage.py");
  const why = manage.broken ? ` (it cannot be read: ${manage.broken})` : "";
  const message = `${file} does not say which settings it uses${why}, and there is no wsgi.py.`;
  throw new QuintetError("QUINTET_NO_SETTINGS", message, {
    advice: "Write a wsgi.ts that sets DJANGO_SETTINGS_MODULE, or name the module to serve.",
  });
}
