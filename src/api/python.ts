import { type PythonApplication, pythonApplication } from "./application.ts";
import type { ApplicationOptions } from "../config/application-options.ts";
import { callerFolder } from "./caller-folder.ts";

export type { PythonApplication } from "./application.ts";
export type { ApplicationOptions } from "../config/application-options.ts";

/**
 * Any Python WSGI application: Flask, Pyramid, a bare function.
 *
 * ```ts
 * export const application = getPythonApplication("shop:app");
 * ```
 *
 * @param target `package.module`, `package.module:attribute` or `package.module:create_app()`; without an attribute it is `application`
 * @param options for a program of one's own; under `quintet`, defaults for its settings
 */
export function getPythonApplication(
  target: string,
  options: ApplicationOptions = {},
): PythonApplication {
  const project = options.project ?? callerFolder();
  return pythonApplication(target, { ...options, ...(project ? { project } : {}) });
}
