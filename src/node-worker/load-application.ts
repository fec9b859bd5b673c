import { existsSync, readFileSync } from "node:fs";
import { findPackageJSON, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { type ErrorCode, QuintetError } from "../shared/errors.ts";
import { servedFile } from "../api/application.ts";
import type { WsgiApplication } from "../wsgi/types.ts";

// Resolve `quintet` and `quintet/django` to this package, even if the project has not installed it (npx, a global install).
registerHooks({
  resolve(specifier, context, next) {
    const own = specifier === "quintet" || specifier.startsWith("quintet/");
    return next(specifier, own ? { ...context, parentURL: import.meta.url } : context);
  },
});

/**
 * The `application` that a wsgi.ts exports.
 *
 * @throws {QuintetError} QUINTET_NO_FILE, QUINTET_WSGI_FILE, QUINTET_WSGI_EXPORT
 */
export async function loadApplication(file: string): Promise<WsgiApplication> {
  servedFile.isRunning = true;
  const module = await loadModule(file, "QUINTET_WSGI_FILE");
  const { application } = module;
  if (typeof application === "function") return application as WsgiApplication;
  if (application === undefined) {
    const others = exportsOf(module);
    const has = others.length > 0 ? `It exports: ${others.join(", ")}.` : "It exports nothing.";
    throw new QuintetError("QUINTET_WSGI_EXPORT", `${file} exports no \`application\`. ${has}`, {
      advice: "It should say: export const application = getWsgiApplication()",
    });
  }
  const what = application === null ? "null" : `a ${typeof application}`;
  const message = `The \`application\` of ${file} is ${what}, not a WSGI application.`;
  throw new QuintetError("QUINTET_WSGI_EXPORT", message, {
    advice:
      "It should be what getWsgiApplication() returns, or a function (environ, startResponse).",
  });
}

/** The names that the file itself exports, without those that Node adds to a CommonJS file. */
function exportsOf(module: Record<string, unknown>): string[] {
  const names = Object.keys(module);
  if (!names.includes("module.exports")) return names;
  const empty = Object.keys(module["module.exports"] ?? {}).length === 0;
  return names.filter((name) => name !== "module.exports" && !(name === "default" && empty));
}

/**
 * Import a user's file.
 *
 * @throws {QuintetError} QUINTET_NO_FILE; or `code`, with the lines of the stack that are the user's own
 */
export async function loadModule(file: string, code: ErrorCode): Promise<Record<string, unknown>> {
  if (!existsSync(file)) throw new QuintetError("QUINTET_NO_FILE", `There is no file ${file}.`);
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const summary = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    // The import of `quintet/…` is resolved from this file, which would mislead the user.
    const clean = summary.replace(/ imported from \S*load-application\S*/, "");
    throw new QuintetError(code, `${file} throws when it is loaded: ${clean}`, {
      detail: shortStack(error),
      advice: isCommonJs(file, error) ? COMMONJS : "",
    });
  }
}

const COMMONJS =
  'Its package.json says "type": "commonjs", as npm init writes it: make that "module", or remove the line.';

/** Whether a file with imports failed because its package.json makes it CommonJS. */
function isCommonJs(file: string, error: unknown): boolean {
  if (!(error instanceof SyntaxError) || !/import statement|'export'/.test(error.message)) {
    return false;
  }
  const found = findPackageJSON(pathToFileURL(file));
  if (!found?.endsWith("package.json")) return false; // without a package.json, Node names the file itself
  return (JSON.parse(readFileSync(found, "utf8")) as { type?: string }).type === "commonjs";
}

/** The lines of a stack that are the user's own. */
export function shortStack(error: unknown): string {
  const lines = (error instanceof Error ? (error.stack ?? "") : "").split("\n");
  return lines
    .filter(
      (line) => !/node:internal|load-application|node-worker\/evaluate|bin\/run\.js/.test(line),
    )
    .join("\n");
}
