import type { Deployment } from "../config/deployment.ts";
import { QuintetError } from "../shared/errors.ts";
import type { Settings } from "../config/settings.ts";
import { describeRange, rangeOf, type Workers } from "../config/values/worker-range.ts";

/** One of several fronts. */
export interface Share {
  index: number;
  of: number;
}

/** The part of a number that one of several fronts gets. python/quintet/master/fronts/shares.py divides the same way. */
export function shareOf(number: number, { index, of }: Share): number {
  return Math.floor(number / of) + (index < number % of ? 1 : 0);
}

/**
 * The deployment for one front, with its share of each limit that all fronts share.
 *
 * @throws {QuintetError} QUINTET_SETTING if a front would be left without a worker
 */
export function sharedDeployment({ settings, served }: Deployment, share: Share): Deployment {
  if (share.of === 1) return { settings, served };
  checkShares(settings, share.of);
  const { workers, backlog, maxConnections, spoolLimit } = settings;
  const shared: Settings = {
    ...settings,
    workers: shareOfWorkers(workers, share),
    backlog: Math.ceil(backlog / share.of),
    maxConnections: maxConnections === null ? null : Math.ceil(maxConnections / share.of),
    spoolLimit: Math.ceil(spoolLimit / share.of),
  };
  return { settings: shared, served };
}

function shareOfWorkers(workers: Workers, share: Share): Workers {
  if (typeof workers === "number") return shareOf(workers, share);
  return { min: shareOf(workers.min, share), max: shareOf(workers.max, share) };
}

/** @throws {QuintetError} QUINTET_SETTING */
export function checkShares({ workers }: Settings, fronts: number): void {
  const range = rangeOf(workers);
  if (range.min >= fronts) return;
  const message = `${fronts} fronts share ${describeRange(range)}: each takes at least one.`;
  throw new QuintetError("QUINTET_SETTING", message, {
    advice: "Give more workers with --workers, or fewer fronts with --fronts.",
  });
}
