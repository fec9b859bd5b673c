import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { QuintetError, systemCode } from "../../shared/errors.ts";
import { chooseWsgi } from "./choose-wsgi.ts";
import { type ProjectFacts, readProject } from "./project-facts.ts";
import { planFile } from "./plan.ts";
import { wsgiFile } from "./wsgi-file.ts";
import { printableLines } from "../../shared/printable.ts";

/**
 * Write the wsgi.ts of a Django project, without running any of the project.
 *
 * @param where the project's folder, or one of its wsgi.py files
 * @param python the setting of that name
 * @throws {QuintetError} QUINTET_NO_TARGET, QUINTET_NO_SETTINGS, QUINTET_WSGI_PY, QUINTET_FILE_EXISTS
 */
export function writeWsgiTs(where: string, python: string | null): void {
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
    throw new QuintetError("QUINTET_FILE_EXISTS", `${file} already exists. It was not changed.`);
  }
  process.stdout.write(`Wrote ${file}. Serve it with: quintet ${file}\n`);
  for (const note of plan.notes) process.stderr.write(`${printableLines(note)}\n`);
}

const NOTHING: ProjectFacts = { python: "", manage: null, wsgi: [], files: [], settings: {} };

/** The folder for the wsgi.ts. For a wsgi.py that is the folder of the manage.py above it, otherwise the current folder. */
function placeOf(where: string): { folder: string; named: string | null } {
  if (!where.endsWith(".py")) return { folder: where, named: null };
  if (!existsSync(where)) {
    throw new QuintetError("QUINTET_NO_FILE", `The file ${resolve(where)} does not exist.`);
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
    const message = `There is no manage.py in ${resolve(folder)}, and no wsgi.py there or one folder below.`;
    throw new QuintetError("QUINTET_NO_TARGET", message, {
      advice:
        "Run the command in the folder of a Django project, or name that folder: quintet init shop",
    });
  }
  if (manage.settings !== null) return;
  const file = join(folder, "manage.py");
  const why = manage.broken ? ` (it cannot be read: ${manage.broken})` : "";
  const message = `${file} names no settings module${why}, and there is no wsgi.py.`;
  throw new QuintetError("QUINTET_NO_SETTINGS", message, {
    advice: "Write a wsgi.ts that sets DJANGO_SETTINGS_MODULE, or name the module to serve.",
  });
}
