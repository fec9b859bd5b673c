import { type PythonApplication, pythonApplication } from "./application.ts";
import type { ApplicationOptions } from "../config/application-options.ts";
import { callerFolder } from "./caller-folder.ts";

export type { PythonApplication } from "./application.ts";
export type { ApplicationOptions } from "../config/application-options.ts";

/**
 * Django's WSGI application, as `django.core.wsgi.get_wsgi_application()` makes it in Python: its settings are those that
 * `process.env.DJANGO_SETTINGS_MODULE` names.
 *
 * `quintet wsgi.ts` serves the file that exports it as `application`. In a program of one's own it starts its Python
 * workers on first use.
 *
 * @param options for a program of one's own; under `quintet`, defaults for its settings
 */
export function getWsgiApplication(options: ApplicationOptions = {}): PythonApplication {
  const project = options.project ?? callerFolder();
  return pythonApplication("django", { ...options, ...(project ? { project } : {}) });
}
