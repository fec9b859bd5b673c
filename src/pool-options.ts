import { asSeen, PathValues } from "./by-path.ts";
import { TimeLimit } from "./dispatch/time-limit.ts";
import { QuintetError } from "./errors.ts";
import type { SpoolLimits } from "./front/body.ts";
import type { Log } from "./log.ts";
import { type Settings, settingsTable } from "./settings.ts";
import type { PoolOptions } from "./supervisor/pool.ts";
import type { Interpreter } from "./worker/interpreter.ts";

/** What the workers run. */
export interface WhatRuns {
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** The folder that is put first on Python's path. */
  project: string;
  env: NodeJS.ProcessEnv;
  /** Where it runs. */
  cwd: string;
}

/**
 * The part of the settings that the workers and the dispatcher want.
 *
 * @throws {QuintetError} QUINTET_SETTING where two do not go together
 */
export function poolOptions(
  settings: Settings,
  what: WhatRuns,
  interpreter: Interpreter,
  log: Log,
): PoolOptions {
  const { target, project, env, cwd } = what;
  return {
    worker: {
      target,
      project,
      env,
      runtime: interpreter.runtime,
      command: interpreter.command,
      cwd,
      threads: settings.threads,
      workers: settings.workers,
      preload: settings.preload,
      hooks: settings.hooks,
      bootTimeout: settings.bootTimeout * 1000,
    },
    limits: {
      timeout: new TimeLimit(settings.timeout, settingsTable.timeout.default as number),
      backlog: settings.backlog,
      queueTimeout: settings.queueTimeout * 1000,
      keepWorkers: keptWorkers(settings),
    },
    timeoutGrace: settings.timeoutGrace * 1000,
    log,
    // Python workers call nobody.
    onCall() {},
  };
}

/** @throws {QuintetError} QUINTET_SETTING if none would be left for other requests */
function keptWorkers({ keepWorkers, workers }: Settings): Settings["keepWorkers"] {
  const kept = Object.values(keepWorkers).reduce((sum, each) => sum + each, 0);
  if (kept === 0 || kept < workers) return keepWorkers;
  const message = `keepWorkers keeps ${kept} of ${workers} workers, and none is left for other requests.`;
  throw new QuintetError("QUINTET_SETTING", message, { advice: "Raise workers, or keep fewer." });
}

/** The part of the settings that limits what bodies may take. */
export function spoolLimits(settings: Settings): SpoolLimits {
  const { bodyMemory: memory, spoolLimit: total, responseSpool: response, tempDir } = settings;
  return { memory, total, response, folder: tempDir };
}

/** The part of the settings that says whose body is taken whole. */
export function requestBuffering(settings: Settings): PathValues<boolean> {
  return new PathValues(
    settings.requestBuffering,
    settingsTable.requestBuffering.default as boolean,
  );
}

/** The path that the front answers itself, as the application would see it; empty for none. */
export function livenessPath(settings: Settings): string {
  return asSeen(settings.livenessPath);
}
