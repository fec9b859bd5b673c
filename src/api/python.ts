import { type PythonApplication, pythonApplication } from "./application.ts";
import type { ApplicationOptions } from "../config/application-options.ts";
import { callerFolder } from "./caller-folder.ts";

export type { PythonApplication } from "./application.ts";
export type { ApplicationOptions } from "../config/application-options.ts";

/**
 * Any Python WSGI application: Flask, Pyramid, a plain function (PEP 3333, "The Application/Framework Side").
 *
 * In a file that `quintet` serves, export it as `application`: the call starts nothing there. In a program of your own, the
 * application starts its Python workers on first use. Errors reach you then, from the use and not from this call.
 *
 * ```ts
 * export const application = getPythonApplication("shop:app");
 * ```
 *
 * @param target `package.module`, `package.module:attribute` or `package.module:create_app()`. Without an attribute, it is
 *   `application`
 * @param options settings of the workers in a program of your own; under `quintet`, defaults for its settings. Without
 *   `options.project`, the project is the folder of the file that contains this call, so a helper function in another folder
 *   must pass it
 * @returns the application: a WSGI callable (PEP 3333), with `fetch`, `handler` and `close`
 */
export function getPythonApplication(
  target: string,
  options: ApplicationOptions = {},
): PythonApplication {
  const project = options.project ?? callerFolder();
  return pythonApplication(target, { ...options, ...(project ? { project } : {}) });
}
