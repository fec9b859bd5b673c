import { writeSync } from "node:fs";
import { basename } from "node:path";
import { createdApplications, TARGET } from "../api/application.ts";
import type { ApplicationTarget } from "../config/application-options.ts";
import { QuintetError } from "../shared/errors.ts";
import type { Settings } from "../config/settings.ts";
import { checkSettings } from "../config/settings/read-settings.ts";
import { becomeUser } from "./become-user.ts";
import { changes, withEnv } from "../config/environment.ts";
import { tieToFront } from "./lifeline.ts";
import {
  type EvaluationOrder,
  type EvaluationResult,
  LIFELINE,
} from "../config/evaluation-messages.ts";
import { loadApplication, loadModule, shortStack } from "./load-application.ts";

// The main module of the short-lived process that loads a user's config file and wsgi.ts and reports what they export.
// src/config/evaluate.ts starts it for the server, python/quintet/host/evaluation.py for other servers. The errors of the files
// themselves are made in load-application.ts.

async function run(order: EvaluationOrder): Promise<EvaluationResult> {
  becomeUser(order.user ?? "", order.group ?? "");
  const config = order.config ? await loadConfig(order.config) : {};
  const settings: Partial<Settings> = { ...config, ...order.overrides };
  Object.assign(process.env, withEnv({}, settings.env ?? {}));
  const before = { ...process.env };
  if (!order.file) return { ok: true, config, target: null, inner: [], options: {}, env: {} };
  const application = (await loadApplication(order.file)) as { [TARGET]?: ApplicationTarget };
  const plain = application[TARGET];
  const inner = plain ? [] : createdApplications();
  const env = changes(before, process.env);
  const options = plain?.options ?? {};
  return { ok: true, config, target: plain?.target ?? null, inner, options, env };
}

async function loadConfig(file: string): Promise<Partial<Settings>> {
  const module = await loadModule(file, "QUINTET_CONFIG");
  if (typeof module.default !== "object" || module.default === null) {
    throw new QuintetError("QUINTET_CONFIG", `${file} has no default export with settings.`, {
      advice: 'It should say: export default defineConfig({ … }), from "quintet/config".',
    });
  }
  return checkSettings(module.default, basename(file));
}

function failure(error: unknown): EvaluationResult {
  if (error instanceof QuintetError) {
    const { code, message, advice, detail } = error;
    return { ok: false, code, message, advice, detail };
  }
  const detail = shortStack(error);
  return { ok: false, code: "QUINTET_WSGI_FILE", message: String(error), advice: "", detail };
}

function answer(result: EvaluationResult): void {
  // A program in another language may not be able to choose the number of the descriptor, and passes it.
  writeSync(Number(process.argv[3] ?? 3), JSON.stringify(result));
  // The server does not wait for what the file has left open.
  process.exit(0);
}

if (process.argv[3] === undefined) tieToFront(LIFELINE, "");
const order = JSON.parse(process.argv[2] as string) as EvaluationOrder;
// The event loop is empty, but the file has not been evaluated to its end.
process.once("beforeExit", () => {
  const message = `${order.file ?? order.config} awaits a promise that never settles.`;
  answer(failure(new QuintetError(order.file ? "QUINTET_WSGI_FILE" : "QUINTET_CONFIG", message)));
});
void run(order).catch(failure).then(answer);
