import type { WhatRuns } from "../config/served.ts";
import type { InnerApplications } from "./inner-applications.ts";
import type { DispatchLimits } from "../dispatch/dispatcher.ts";
import { TimeLimit } from "../dispatch/time-limit.ts";
import { checkReserved } from "../dispatch/reserved-workers.ts";
import type { Log } from "../shared/log.ts";
import type { Settings } from "../config/settings.ts";
import { settingsTable } from "../config/settings/table.ts";
import { nullAsZero } from "../config/values/null-as-zero.ts";
import { type LifetimeLimits, recycles } from "./policy/lifetime-limits.ts";
import type { WorkerOptions } from "./process/start-worker.ts";
import type { WarmupOptions } from "./warmup/warmup.ts";
import type { Interpreter } from "../config/interpreter.ts";
import { parseWarmupTarget, type WarmupTarget } from "../config/values/warmup-target.ts";
import { rangeOf, type WorkerRange } from "../config/values/worker-range.ts";

/** What a pool needs to know. `poolOptions` takes it from the settings. */
export interface PoolOptions {
  worker: WorkerOptions;
  /** The minimum and maximum number of workers. */
  workers: WorkerRange;
  /** A worker that has been idle for this long is stopped, unless that would leave fewer than the minimum. */
  idleTimeMs: number;
  lifetime: LifetimeLimits;
  limits: DispatchLimits;
  /** How long a worker may take to end a request that has timed out. After that it is killed. */
  timeoutGraceMs: number;
  warmup: WarmupOptions;
  /** How long a worker may take to exit once it has sent all its responses. */
  gracefulTimeoutMs: number;
  log: Log;
  /** The applications that this one calls; null if it cannot call any. */
  inner: InnerApplications | null;
}

/**
 * The settings of the workers and the dispatcher.
 *
 * @param what the application, and where it runs
 * @throws {QuintetError} QUINTET_SETTING if two settings contradict each other
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
    maxAgeMs: (settings.maxAge ?? 0) * 1000,
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
      bootTimeoutMs: (settings.bootTimeout ?? 0) * 1000,
      // A worker that is being replaced runs at the same time as its successor.
      multiprocess: settings.fronts > 1 || workers.max > 1 || recycles(lifetime),
    },
    workers,
    idleTimeMs: settings.workersIdle * 1000,
    lifetime,
    limits: {
      timeout: new TimeLimit(nullAsZero(settings.timeout), settingsTable.timeout.default as number),
      backlog: settings.backlog,
      queueTimeout: settings.queueTimeout * 1000,
      keepWorkers: reservedWorkers(settings),
    },
    timeoutGraceMs: settings.timeoutGrace * 1000,
    warmup: {
      targets: settings.warmup.map((text) => parseWarmupTarget(text) as WarmupTarget),
      mount: settings.mount ?? "",
      stops: settings.warmupFailure === "stop",
      limitMs: (settings.bootTimeout ?? 0) * 1000,
      behind: false,
    },
    gracefulTimeoutMs: settings.gracefulTimeout * 1000,
    log,
    inner: null,
  };
}

/** @throws {QuintetError} QUINTET_SETTING if every worker would be reserved */
function reservedWorkers({ keepWorkers, workers }: Settings): Settings["keepWorkers"] {
  checkReserved(keepWorkers, rangeOf(workers).min);
  return keepWorkers;
}
