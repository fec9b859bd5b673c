import type { WhatRuns } from "../config/served.ts";
import { toWsgiPath, PathValues } from "../shared/by-path.ts";
import { TimeLimit } from "../dispatch/time-limit.ts";
import { checkReserved } from "../dispatch/reserved-workers.ts";
import type { SpoolLimits } from "../http/spool/spool.ts";
import type { Log } from "../shared/log.ts";
import type { Settings } from "../config/settings.ts";
import { nullAsZero } from "../config/values/null-as-zero.ts";
import { settingsTable } from "../config/settings/table.ts";
import type { PoolOptions } from "./pool.ts";
import { breach } from "../shared/message-shape.ts";
import { recycles } from "./worker-limits.ts";
import type { Interpreter } from "../config/interpreter.ts";
import { parseWarmupTarget, type WarmupTarget } from "../config/values/warmup-target.ts";
import { rangeOf } from "../config/values/worker-range.ts";

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
  const workers = rangeOf(settings.workers);
  const lifetime = {
    maxRequests: settings.maxRequests ?? 0,
    maxRequestsJitter: settings.maxRequestsJitter,
    maxMemory: settings.maxMemory ?? 0,
    maxMemoryHard: settings.maxMemoryHard ?? 0,
    maxAge: (settings.maxAge ?? 0) * 1000,
  };
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
      hooks: settings.hooks ?? "",
      strictHeaders: settings.strictHeaders,
      tempDir: settings.tempDir,
      bootTimeout: (settings.bootTimeout ?? 0) * 1000,
      // One that is being replaced still runs something while its successor does.
      multiprocess: settings.fronts > 1 || workers.max > 1 || recycles(lifetime),
    },
    workers,
    idleTime: settings.workersIdle * 1000,
    lifetime,
    limits: {
      timeout: new TimeLimit(nullAsZero(settings.timeout), settingsTable.timeout.default as number),
      backlog: settings.backlog,
      queueTimeout: settings.queueTimeout * 1000,
      keepWorkers: reservedWorkers(settings),
    },
    timeoutGrace: settings.timeoutGrace * 1000,
    warmup: {
      targets: settings.warmup.map((text) => parseWarmupTarget(text) as WarmupTarget),
      mount: settings.mount ?? "",
      stops: settings.warmupFailure === "stop",
      limit: (settings.bootTimeout ?? 0) * 1000,
      behind: false,
      after: null,
    },
    gracefulTimeout: settings.gracefulTimeout * 1000,
    log,
    onInnerCall() {
      throw breach("CALL by a Python worker, which has nobody to call");
    },
  };
}

/** @throws {QuintetError} QUINTET_SETTING if none would be left for other requests */
function reservedWorkers({ keepWorkers, workers }: Settings): Settings["keepWorkers"] {
  checkReserved(keepWorkers, rangeOf(workers).min);
  return keepWorkers;
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
  return toWsgiPath(settings.livenessPath ?? "");
}
