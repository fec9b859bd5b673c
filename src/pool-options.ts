import { PathValues } from "./by-path.ts";
import { TimeLimit } from "./dispatch/time-limit.ts";
import type { SpoolLimits } from "./front/body.ts";
import type { Log } from "./log.ts";
import { type Settings, settingsTable } from "./settings.ts";
import type { PoolOptions } from "./supervisor/pool.ts";
import type { Interpreter } from "./worker/interpreter.ts";
import { rangeOf } from "./worker-range.ts";

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

/** The part of the settings that the workers and the dispatcher want. */
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
      preload: settings.preload,
      bootTimeout: settings.bootTimeout * 1000,
    },
    workers: rangeOf(settings.workers),
    idleTime: settings.workersIdle * 1000,
    lifetime: {
      maxRequests: settings.maxRequests,
      maxRequestsJitter: settings.maxRequestsJitter,
      maxMemory: settings.maxMemory,
      maxMemoryHard: settings.maxMemoryHard,
      maxAge: settings.maxAge * 1000,
    },
    limits: {
      timeout: new TimeLimit(settings.timeout, settingsTable.timeout.default as number),
      backlog: settings.backlog,
      queueTimeout: settings.queueTimeout * 1000,
    },
    timeoutGrace: settings.timeoutGrace * 1000,
    log,
    // Python workers call nobody.
    onCall() {},
  };
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
