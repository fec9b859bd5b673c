import type { Deployment } from "../config/deployment.ts";
import { canWorkersOpenOurFiles } from "../http/spool/proc-fd-access.ts";
import { createLog, type Log } from "../shared/log.ts";
import { Generations, type Load } from "./generations.ts";
import type { ServerPlace } from "./place.ts";
import { type ReadyPool, ServerPools } from "./pools.ts";
import type { Server } from "./server.ts";
import { Touch } from "./touch.ts";

/** What of a server is there before it can speak HTTP. */
export interface Booting {
  log: Log;
  touch: Touch;
  generations: Generations;
  /** The workers of the first generation. */
  started: Promise<ReadyPool[]>;
}

/**
 * A server whose workers are being started. They import the application while this process loads what speaks HTTP.
 *
 * @param signal gives it up
 * @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_SETTING, QUINTET_LOG_FILE; nothing is left running then
 */
export async function bootServer(
  deployment: Deployment,
  load: Load,
  place: ServerPlace,
  signal: AbortSignal | null = null,
): Promise<Server> {
  const booting = boot(deployment, load, place);
  try {
    const { Server } = await import("./server.ts");
    signal?.throwIfAborted();
    return new Server(deployment, booting, place);
  } catch (error) {
    booting.touch.stop();
    await booting.generations.serving.stop();
    throw error;
  }
}

function boot({ settings, served }: Deployment, load: Load, place: ServerPlace): Booting {
  const { logLevel, logFormat, logFile } = settings;
  const log = createLog(
    logLevel,
    logFormat,
    logFile || 1,
    place.several ? process.pid : null,
    place.openLog?.file === logFile ? place.openLog.descriptor : null,
  );
  if (process.platform === "linux" && !canWorkersOpenOurFiles())
    log.info(
      "this Node has capabilities that the workers do not have (setcap): bodies are handed to them in files with names, in tempDir",
    );
  const generations = new Generations(new ServerPools(settings, served, log), load, log);
  const touch = new Touch((file, at) => place.touched(file, at));
  // From now on: what changes while the workers import is not in all of them.
  touch.watch(settings.touchReload);
  const started = generations.serving.start();
  // It may fail before anybody waits for it.
  started.catch(() => {});
  return { log, touch, generations, started };
}
