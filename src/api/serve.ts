import { type Deployment, findDeployment } from "../config/deployment.ts";
import { currentFolder } from "../config/current-folder.ts";
import { Coordinator, type ReloadResult } from "../front/control/coordinator.ts";
import { ALONE, FrontProcess } from "../front/control/front-process.ts";
import { createServerLog } from "../front/server/server-log.ts";
import type { ServerStatus } from "../front/status.ts";
import { QuintetError } from "../shared/errors.ts";
import { servedFile } from "./application.ts";
import { readOptions, refuseUser, type ServeOptions } from "./serve-options.ts";

export type { ReloadResult } from "../front/control/coordinator.ts";
export type { ServerStatus } from "../front/status.ts";
export type { ServeOptions } from "./serve-options.ts";

/** A server that `serve()` has started. */
export interface QuintetServer extends AsyncDisposable {
  /** The first address of `bind` that the server listens on. If `bind` says port 0, it has the actual port. */
  readonly address: { host: string; port: number } | { path: string };
  /** The URL of the first TCP address, for a client on this machine; null if there are unix sockets only. */
  readonly url: string | null;
  /**
   * Start new workers with what is on disk now and switch to them when they are ready, as `quintet reload` does. Open
   * connections stay open, and running requests finish.
   *
   * @returns the generation that serves now, and how long its start took, in seconds
   * @throws {QuintetError} why the new workers do not start; the old ones then keep serving. QUINTET_STOPPING after `close()`
   */
  reload(): Promise<ReloadResult>;
  /** What the server does now: the same record as `quintet status --json` prints. Times are seconds. */
  status(): ServerStatus;
  /**
   * Take no more connections, let running requests finish within `gracefulTimeout`, and end the workers. A second call returns
   * the same promise.
   *
   * @returns a promise that resolves when nothing of the server is left in the program
   */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Start the whole server in this program: what the `quintet` command does, without its master process.
 *
 * It reads the same sources as the command: `options` take the place of the command line, and win over `QUINTET_*`
 * variables, the config file and the options of the application. It installs no signal handlers, does not change the current
 * folder and never ends the program. Several servers may run in one program.
 *
 * ```ts
 * import { serve } from "quintet";
 *
 * await using server = await serve({ target: "wsgi.ts", bind: ["127.0.0.1:0"], workers: 2 });
 * console.log(await (await fetch(`${server.url}/`)).text());
 * ```
 *
 * @param options what to serve, and settings. Without a target, it serves what the current folder has
 * @returns the server, once its workers are ready and it listens
 * @throws {QuintetError} why it cannot serve, with the code that the command would show: QUINTET_SETTING, QUINTET_CONFIG,
 *   QUINTET_NO_TARGET, QUINTET_BIND, QUINTET_NO_PYTHON, QUINTET_MODULE_FAILED and so on. Nothing is left running then
 */
export async function serve(options: ServeOptions = {}): Promise<QuintetServer> {
  const startedAt = Date.now();
  refuseServedFile();
  const { args, application } = readOptions(options);
  const origin = currentFolder();
  const never = new AbortController().signal;
  const load = async (signal: AbortSignal): Promise<Deployment> => {
    const deployment = await findDeployment(args, origin, signal, application);
    refuseUser(deployment.settings);
    return deployment;
  };
  const deployment = await load(never);
  const front = new FrontProcess(load);
  const log = createServerLog(deployment.settings, false, null);
  const coordinator = new Coordinator(front, log, deployment);
  const start = {
    ...ALONE,
    deployment,
    inherited: null,
    ownsProcess: false,
    log,
  };
  if (deployment.settings.fronts > 1) {
    log.warn("fronts is ignored: serve() runs one front, in this process");
  }
  try {
    await front.start(start, {
      ready: () => coordinator.started(startedAt),
      // Errors are logged.
      touched: (file) => void coordinator.reload(`${file} has changed`).catch(() => {}),
      stopped: () => log.info("stopped"),
    });
  } catch (error) {
    front.release();
    await log.close();
    throw error;
  }
  return handleOf(front, coordinator);
}

function handleOf(front: FrontProcess, coordinator: Coordinator): QuintetServer {
  const { bind } = coordinator.status();
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    if (closed === null) {
      front.obey({ do: "stop", why: "close()" });
      closed = front.ended();
    }
    return closed;
  };
  return {
    address: addressOf(bind[0] as string),
    url: urlOf(bind),
    async reload() {
      if (closed !== null) throw new QuintetError("QUINTET_STOPPING", "The server is closed.");
      return coordinator.reload("reload()");
    },
    status: () => coordinator.status(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A file that serves itself would start servers endlessly. */
function refuseServedFile(): void {
  if (!servedFile.isRunning) return;
  const message = "serve() was called in a file that is being served.";
  throw new QuintetError("QUINTET_WSGI_FILE", message, {
    advice: "Call it from another file, which names this one as its target.",
  });
}

function addressOf(where: string): QuintetServer["address"] {
  if (where.startsWith("unix:")) return { path: where.slice("unix:".length) };
  const { hostname, port } = new URL(where);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
}

/** Clients cannot connect to the addresses that mean "all interfaces", so use the loopback address instead. */
function urlOf(bind: string[]): string | null {
  const where = bind.find((each) => each.startsWith("http:"));
  if (where === undefined) return null;
  return where.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
