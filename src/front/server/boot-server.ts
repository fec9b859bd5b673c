import type { Deployment } from "../../config/deployment.ts";
import { canWorkersOpenOurFiles } from "../../http/spool/proc-fd-access.ts";
import { Generations, type Load } from "./generations.ts";
import { type ReadyPool, ServerPools } from "./pools.ts";
import type { Server } from "./server.ts";
import type { ServerOptions } from "./server-options.ts";
import { WatchedFiles } from "./watched-files.ts";

/** The parts of a server that exist before it can speak HTTP. */
export interface Booting {
  watched: WatchedFiles;
  generations: Generations;
  /** The workers of the first generation. */
  started: Promise<ReadyPool[]>;
}

/**
 * Start the workers, then create the server. The workers import the application while this process loads its HTTP code.
 *
 * @param load reads the deployment again for a reload
 * @param signal aborts the boot
 * @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_SETTING; nothing is left running then
 */
export async function bootServer(
  deployment: Deployment,
  load: Load,
  options: ServerOptions,
  signal: AbortSignal,
): Promise<Server> {
  const booting = startWorkers(deployment, load, options);
  try {
    const { Server } = await import("./server.ts");
    signal.throwIfAborted();
    return new Server(deployment, booting, options);
  } catch (error) {
    booting.watched.stop();
    await booting.generations.serving.stop();
    throw error;
  }
}

function startWorkers(
  { settings, served }: Deployment,
  load: Load,
  { log, listener }: ServerOptions,
): Booting {
  if (process.platform === "linux" && !canWorkersOpenOurFiles())
    log.info(
      "this Node has capabilities that the workers do not have (setcap): bodies are handed to them in files with names, in tempDir",
    );
  const generations = new Generations(new ServerPools(settings, served, log), load, log);
  const watched = new WatchedFiles((file, at) => listener.touched(file, at));
  // Watch from now on: a file may change after the workers have imported it.
  watched.watch(settings.touchReload);
  const started = generations.serving.start();
  // It may reject before it is awaited.
  started.catch(() => {});
  return { watched, generations, started };
}
