import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { QuintetError, systemCode } from "../errors.ts";
import { djangoSettings, projectName, servedSettings } from "./target.ts";

/** The page of Django's documentation that its own wsgi.py links to, for the version that our example uses. */
export const DOCUMENTATION = "https://docs.djangoproject.com/en/5.2/howto/deployment/wsgi/";

/**
 * `quintet init [folder]`: write the wsgi.ts of a Django project, as startproject writes wsgi.py.
 *
 * @throws {QuintetError} QUINTET_NO_TARGET, QUINTET_FILE_EXISTS
 */
export function init(folder: string): void {
  const named = djangoSettings(folder);
  if (named === null) {
    throw new QuintetError("QUINTET_NO_TARGET", `There is no manage.py in ${resolve(folder)}.`, {
      advice: "Start it in the folder of a Django project, or name that folder: quintet init shop",
    });
  }
  const settings = servedSettings(named, folder);
  const file = join(folder, "wsgi.ts");
  try {
    writeFileSync(file, wsgiFile(settings, projectName(settings, folder)), { flag: "wx" });
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    throw new QuintetError(
      "QUINTET_FILE_EXISTS",
      `${file} is there already, and is left as it is.`,
    );
  }
  process.stdout.write(`Wrote ${file}. Serve it with: quintet ${file}\n`);
}

function wsgiFile(settings: string, project: string): string {
  return `/**
 * WSGI config for ${project} project.
 *
 * It exposes the WSGI callable as a module-level variable named \`application\`.
 *
 * For more information on this file, see
 * ${DOCUMENTATION}
 */

import { getWsgiApplication } from "quintet/django";

process.env.DJANGO_SETTINGS_MODULE ??= "${settings}";

export const application = getWsgiApplication();
`;
}
