import { fileLines } from "../../http/static/static-status.ts";
import type { FileService } from "../../http/static/file-service.ts";
import type { Log } from "../../shared/log.ts";
import { pluralize } from "../../shared/pluralize.ts";
import { describeRange } from "../../config/values/worker-range.ts";
import type { ReadyPool } from "./pools.ts";
import type { Served } from "../../config/served.ts";

/** Log what is served, and with which workers. */
export function announce(
  log: Log,
  { served, workersBecause }: Served,
  ready: ReadyPool[],
  files: FileService,
): void {
  for (const [index, { facts, because, workers, threads }] of ready.entries()) {
    const django = facts.django ? `Django ${facts.django}, ` : "";
    const runtime = facts.runtime === "Node" ? "" : `${facts.runtime} ${facts.version}, `;
    log.info(
      `${index === 0 ? served : "behind it"}: ${django}${runtime}Node ${process.versions.node}`,
    );
    if (because) log.info(`${facts.python} (${because})`);
    const what = `${describeRange(workers)} of ${pluralize(threads, "thread")}`;
    log.info(`${what}, imported in ${facts.importMs} ms`);
    if (index === 0 && workersBecause) log.info(`this number of workers because ${workersBecause}`);
    for (const warning of facts.warnings ?? []) log.warn(warning);
  }
  for (const warning of files.warnings) log.warn(warning);
  for (const line of fileLines(files.status)) log.info(line);
}

/**
 * Log how many requests have not ended in time, before their workers are killed.
 *
 * @param grace how long they had, in milliseconds
 */
export function logCutOff(log: Log, running: number, grace: number): void {
  if (running === 0) return;
  const what = pluralize(running, "running request");
  log.warn(`gracefulTimeout (${grace / 1000} s) is over: cutting off ${what}`);
}
