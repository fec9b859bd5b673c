import type { WhatRuns } from "../config/served.ts";
import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";
import type { DispatchLimits } from "../dispatch/dispatcher.ts";
import { TimeLimit } from "../dispatch/time-limit.ts";
import { checkReserved } from "../dispatch/reserved-workers.ts";
import type { Log } from "../shared/log.ts";
import type { Settings } from "../config/settings.ts";
import { settingsTable } from "../config/settings/table.ts";
import { nullAsZero } from "../config/values/null-as-zero.ts";
import { breach } from "../shared/message-shape.ts";
import { type LifetimeLimits, recycles } from "./policy/lifetime-limits.ts";
import type { WorkerOptions } from "./process/start-worker.ts";
import type { WarmupOptions } from "./warmup/warmup.ts";
import type { Interpreter } from "../config/interpreter.ts";
import { parseWarmupTarget, type WarmupTarget } from "../config/values/warmup-target.ts";
import { rangeOf, type WorkerRange } from "../config/values/worker-range.ts";

/** What a pool needs to know. `poolOptions` takes it from the settings. */
export interface PoolOptions {
  worker: WorkerOptions;
  /** The least and the greatest number of workers. */
  workers: WorkerRange;
  /** A worker that has had nothing to do for this long leaves, if there are more than the least number. */
  idleTimeMs: number;
  lifetime: LifetimeLimits;
  limits: DispatchLimits;
  /** How long a worker may take to end a request that has timed out, before it is killed. */
  timeoutGraceMs: number;
  warmup: WarmupOptions;
  /** How long a worker that owes no response may take to exit. */
  gracefulTimeoutMs: number;
  log: Log;
  /** A worker calls an application behind it. */
  onInnerCall(target: string, call: InnerCallTask): void;
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
      // A worker that is being replaced runs beside its successor.
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
      after: null,
    },
    gracefulTimeoutMs: settings.gracefulTimeout * 1000,
    log,
    onInnerCall() {
      throw breach("CALL by a Python worker, which cannot call another application");
    },
  };
}

/** @throws {QuintetError} QUINTET_SETTING if no worker would be left that is not reserved */
function reservedWorkers({ keepWorkers, workers }: Settings): Settings["keepWorkers"] {
  checkReserved(keepWorkers, rangeOf(workers).min);
  return keepWorkers;
}
