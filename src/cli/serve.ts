import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { QuintetError } from "../errors.ts";
import { checkSpoolFolder } from "../front/body.ts";
import { Server } from "../server.ts";
import {
  checkSettings,
  defaultSettings,
  type Settings,
  settingsFromEnvironment,
} from "../settings.ts";
import { apply, withEnv } from "../supervisor/environment.ts";
import { evaluate } from "../supervisor/evaluate.ts";
import type { Arguments } from "./arguments.ts";
import { findTarget } from "./target.ts";

const DEFAULT_CONFIG = "quintet.config.ts";

/** `quintet [target]`: serve until a signal ends it. */
export async function serve(args: Arguments): Promise<void> {
  const origin = process.cwd();
  const overrides = { ...settingsFromEnvironment(process.env), ...args.settings };
  const config = configFile(args.config, overrides.chdir);
  if (config === null && overrides.chdir) changeFolder(overrides.chdir);
  // The target is looked for where the application will run, which a config file may decide.
  const fromConfig = config
    ? (await evaluate({ config, file: null, overrides }, process.env)).config
    : {};
  if (config !== null) changeFolder({ ...fromConfig, ...overrides }.chdir);
  const target = findTarget(args.words[0], process.cwd());
  const evaluated =
    target.kind === "file"
      ? await evaluate(
          {
            config: null,
            file: target.file,
            overrides: { ...fromConfig, ...overrides, chdir: "" },
          },
          process.env,
        )
      : null;
  const { project = target.project, ...options } = evaluated?.options ?? {};
  const settings: Settings = {
    ...defaultSettings(),
    ...checkSettings(options, basename(target.kind === "file" ? target.file : "")),
    ...fromConfig,
    ...overrides,
  };
  checkSpoolFolder(settings.tempDir);
  let env = withEnv(process.env, settings.env);
  // A TypeScript application's own workers load the file anew; the Python ones behind it get what it has set.
  if (evaluated) env = apply(env, evaluated.env);
  const inner = evaluated && evaluated.target === null ? evaluated.inner : null;
  if (target.kind === "module" && target.settings) env.DJANGO_SETTINGS_MODULE ??= target.settings;
  const server = new Server(settings, {
    target: target.kind === "file" ? (evaluated?.target ?? target.file) : target.module,
    inner,
    project,
    env,
    origin,
    served: target.kind === "file" ? basename(target.file) : target.module,
  });
  stopOnSignals(server);
  await server.run();
}

function configFile(named: string | undefined, chdir: string | undefined): string | null {
  if (named !== undefined) {
    const file = resolve(named);
    if (!existsSync(file)) throw new QuintetError("QUINTET_NO_FILE", `There is no file ${file}.`);
    return file;
  }
  const file = resolve(chdir ?? ".", DEFAULT_CONFIG);
  return existsSync(file) ? file : null;
}

function changeFolder(folder: string | undefined): void {
  if (!folder) return;
  try {
    process.chdir(folder);
  } catch {
    throw new QuintetError("QUINTET_NO_FILE", `There is no folder ${resolve(folder)}.`, {
      advice: "It was named by the setting chdir.",
    });
  }
}

/** Ctrl-C and SIGTERM let running requests finish; a second one does not. */
function stopOnSignals(server: Server): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => server.stop(signal));
  }
}
