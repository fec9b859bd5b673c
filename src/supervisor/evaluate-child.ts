import { existsSync, writeSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { type ApplicationTarget, TARGET } from "../application.ts";
import { type ErrorCode, QuintetError } from "../errors.ts";
import { checkSettings, type Settings } from "../settings.ts";
import { changes, withEnv } from "./environment.ts";
import type { EvaluationOrder, EvaluationResult } from "./evaluation.ts";

// `quintet/django` is this very package, also in a project that has not installed it (npx, a global install).
registerHooks({
  resolve(specifier, context, next) {
    const own = specifier.startsWith("quintet/");
    return next(specifier, own ? { ...context, parentURL: import.meta.url } : context);
  },
});

async function run(order: EvaluationOrder): Promise<EvaluationResult> {
  const config = order.config ? await loadConfig(order.config) : {};
  const settings: Partial<Settings> = { ...config, ...order.overrides };
  if (settings.chdir) process.chdir(settings.chdir);
  Object.assign(process.env, withEnv({}, settings.env ?? []));
  const before = { ...process.env };
  if (!order.file) return { ok: true, config, target: null, options: {}, env: {} };
  const { target, options } = await loadApplication(order.file);
  return { ok: true, config, target, options, env: changes(before, process.env) };
}

async function loadConfig(file: string): Promise<Partial<Settings>> {
  const module = await load(file, "QUINTET_CONFIG");
  if (typeof module.default !== "object" || module.default === null) {
    throw new QuintetError("QUINTET_CONFIG", `${file} has no default export with settings.`, {
      advice: 'It should say: export default defineConfig({ … }), from "quintet/config".',
    });
  }
  return checkSettings(module.default, basename(file));
}

async function loadApplication(file: string): Promise<ApplicationTarget> {
  const module = await load(file, "QUINTET_WSGI_FILE");
  const { application } = module;
  if (application === undefined) {
    const others = Object.keys(module);
    const has = others.length > 0 ? `It exports: ${others.join(", ")}.` : "It exports nothing.";
    throw new QuintetError("QUINTET_WSGI_EXPORT", `${file} exports no \`application\`. ${has}`, {
      advice: "It should say: export const application = getWsgiApplication()",
    });
  }
  const target = (application as { [TARGET]?: ApplicationTarget } | null)?.[TARGET];
  if (target) return target;
  const what =
    typeof application === "function"
      ? "a function"
      : application === null
        ? "null"
        : `a ${typeof application}`;
  throw new QuintetError(
    "QUINTET_WSGI_EXPORT",
    `The \`application\` of ${file} is ${what}, not what getWsgiApplication() or getPythonApplication() returns.`,
    { advice: "Applications written in TypeScript itself are not served yet." },
  );
}

async function load(file: string, code: ErrorCode): Promise<Record<string, unknown>> {
  if (!existsSync(file)) throw new QuintetError("QUINTET_NO_FILE", `There is no file ${file}.`);
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const summary = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new QuintetError(code, `${file} throws when it is loaded: ${summary}`, {
      detail: shortStack(error),
    });
  }
}

/** The user's own lines of a stack. */
function shortStack(error: unknown): string {
  const lines = (error instanceof Error ? (error.stack ?? "") : "").split("\n");
  return lines.filter((line) => !/node:internal|evaluate-child/.test(line)).join("\n");
}

function failure(error: unknown): EvaluationResult {
  if (error instanceof QuintetError) {
    const { code, message, advice, detail } = error;
    return { ok: false, code, message, advice, detail };
  }
  const detail = shortStack(error);
  return { ok: false, code: "QUINTET_WSGI_FILE", message: String(error), advice: "", detail };
}

const order = JSON.parse(process.argv[2] as string) as EvaluationOrder;
const result = await run(order).catch(failure);
writeSync(3, JSON.stringify(result));
// Whatever the file has left open does not keep the server waiting.
process.exit(0);
