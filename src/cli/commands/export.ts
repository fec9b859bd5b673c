import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { QuintetError, systemCode } from "../../shared/errors.ts";
import { DOCUMENTATION } from "../init/wsgi-file.ts";
import { djangoSettings, projectName, servedSettings } from "../../config/target.ts";

/**
 * `quintet export [wsgi.ts] [wsgi.py]`: write the Python file that lets Gunicorn, uWSGI and mod_wsgi serve a wsgi.ts.
 *
 * @throws {QuintetError} QUINTET_NO_FILE, QUINTET_FILE_EXISTS, QUINTET_USAGE
 */
export function exportWsgi(source = "wsgi.ts", named?: string): void {
  if (!existsSync(source)) {
    throw new QuintetError("QUINTET_NO_FILE", `There is no file ${resolve(source)}.`, {
      advice: "Name the wsgi.ts, or write one for a Django project with: quintet init",
    });
  }
  const folder = dirname(source);
  const file = named ?? join(folder, "wsgi.py");
  if (!file.endsWith(".py")) {
    throw new QuintetError("QUINTET_USAGE", `${file} is no name for a file of Python.`, {
      advice: "Such as: quintet export wsgi.ts quintet_wsgi.py",
    });
  }
  // As Python reads it: relative to the file that is written.
  const path = relative(dirname(resolve(file)), resolve(source)).replaceAll(sep, "/");
  try {
    writeFileSync(file, wsgiFile(path, projectOf(folder)), { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    const message = `${file} is there already, and is left as it is.`;
    throw new QuintetError("QUINTET_FILE_EXISTS", message, {
      advice: `Name another file: quintet export ${source} ${join(folder, "quintet_wsgi.py")}`,
    });
  }
  const module = basename(file, ".py");
  process.stdout.write(
    `Wrote ${file}. It needs \`pip install quintet-wsgi\`; then, in its folder: gunicorn ${module}\n`,
  );
}

function projectOf(folder: string): string {
  const settings = djangoSettings(folder);
  return settings === null
    ? basename(resolve(folder))
    : projectName(servedSettings(settings, folder), folder);
}

function wsgiFile(path: string, project: string): string {
  return `"""
WSGI config for ${project} project.

It exposes the WSGI callable of ${basename(path)} as a module-level variable named \`\`application\`\`.

For more information on this file, see
${DOCUMENTATION}
"""

from quintet.host import load

application = load(${JSON.stringify(path)})
`;
}
