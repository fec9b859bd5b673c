import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { QuintetError, systemCode } from "../../shared/errors.ts";
import { DOCUMENTATION } from "./wsgi-file.ts";
import { djangoSettings, projectName, servedSettings } from "../../config/target.ts";

/**
 * Write the wsgi.py with which other servers serve a wsgi.ts.
 *
 * @param source the wsgi.ts
 * @param named the file to write; by default the wsgi.py beside the source
 * @throws {QuintetError} QUINTET_NO_FILE, QUINTET_FILE_EXISTS, QUINTET_USAGE
 */
export function writeWsgiPy(source: string, named: string | undefined): void {
  if (!existsSync(source)) {
    throw new QuintetError("QUINTET_NO_FILE", `The file ${resolve(source)} does not exist.`, {
      advice: "Name the wsgi.ts, or write one for a Django project with: quintet init",
    });
  }
  const folder = dirname(source);
  const file = named ?? join(folder, "wsgi.py");
  if (!file.endsWith(".py")) {
    throw new QuintetError("QUINTET_USAGE", `${file} is not the name of a Python file.`, {
      advice: "For example: quintet export wsgi.ts quintet_wsgi.py",
    });
  }
  // Python resolves it relative to the file that is written.
  const path = relative(dirname(resolve(file)), resolve(source)).replaceAll(sep, "/");
  try {
    writeFileSync(file, wsgiFile(path, projectOf(folder)), { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    const message = `${file} already exists. It was not changed.`;
    throw new QuintetError("QUINTET_FILE_EXISTS", message, {
      advice: `Name another file: quintet export ${source} ${join(folder, "quintet_wsgi.py")}`,
    });
  }
  const module = basename(file, ".py");
  process.stdout.write(
    `Wrote ${file}. To use it: pip install quintet-wsgi, then in its folder: gunicorn ${module}\n`,
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
