import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { fetchFrom } from "./adapters/fetch.ts";
import { callWsgi } from "./adapters/wsgi.ts";
import type { ApplicationOptions } from "../config/application-options.ts";
import type { Task } from "../dispatch/task.ts";
import { watchDescriptors } from "../shared/descriptors.ts";
import { QuintetError } from "../shared/errors.ts";
import { PathHeaders } from "../http/response/path-headers.ts";
import { fileService } from "../http/static/file-service.ts";
import { Spool, spoolLimits } from "../http/spool/spool.ts";
import { RequestHandler } from "../http/request-handler.ts";
import { requestBuffering } from "../http/request-handler-options.ts";
import { withStripped } from "../http/static/find-files.ts";
import { requestLimits } from "../http/request/request-limits.ts";
import { createLog } from "../shared/log.ts";
import { poolOptions } from "../workers/pool-options.ts";
import type { Settings } from "../config/settings.ts";
import { checkSettings, defaultSettings } from "../config/settings/read-settings.ts";
import { findMapped } from "../config/values/static-map.ts";
import { checkCombinations } from "../config/settings/check-combinations.ts";
import { Pool } from "../workers/pool.ts";
import { withEnv } from "../config/environment.ts";
import { findInterpreter } from "../config/interpreter.ts";
import type { Environ, ResponseStart } from "../wsgi/types.ts";

/** The workers that an application has in a program of the user's own, and the ways to send them a request. */
export interface ProgramPool {
  dispatcher: { submit(task: Task): void };
  spool: Spool;
  handle(request: IncomingMessage, response: ServerResponse, scriptName: string, url: string): void;
  fetch(request: Request): Promise<Response>;
  call(environ: Environ, startResponse: ResponseStart): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Fewer than a server has: the program runs beside them. */
const DEFAULT_WORKERS = 2;

/** How often close() checks whether all requests have ended. */
const POLL_INTERVAL_MS = 10;

/**
 * Start the workers of an application in a program of the user's own.
 *
 * @param target `django`, or `package.module:attribute`
 * @param closing a start that is not complete `gracefulTimeout` seconds after this signal is given up
 * @throws {QuintetError} why the application cannot be loaded. Nothing is left running then
 */
export async function startProgramPool(
  target: string,
  options: ApplicationOptions,
  closing: AbortSignal,
): Promise<ProgramPool> {
  const { project = process.cwd(), ...given } = options;
  const settings: Settings = {
    ...defaultSettings(),
    workers: DEFAULT_WORKERS,
    ...checkSettings(given, "options of the application"),
  };
  checkCombinations(settings);
  settings.staticMap = findMapped(settings.staticMap, process.cwd());
  const log = createLog(settings.logLevel, settings.logFormat, 2);
  const folder = resolve(project);
  const interpreter = findInterpreter(settings.python, [folder, process.cwd()], process.env);
  const env = withEnv(process.env, settings.env);
  const what = { target, project: folder, env, cwd: process.cwd() };
  const pool = new Pool(poolOptions(settings, what, interpreter, log));
  const { dispatcher } = pool;
  const limits = requestLimits(settings);
  const spool = new Spool(spoolLimits(settings));
  const requestHandler = new RequestHandler({
    dispatcher,
    spool,
    limits,
    log,
    accessLog: false,
    requestBuffering: requestBuffering(settings),
    livenessPath: "",
    headers: new PathHeaders(settings.headers),
    prefix: null,
  });
  const graceMs = settings.gracefulTimeout * 1000;
  const giveUp = (): void => void setTimeout(() => void pool.stop(), graceMs).unref();
  if (closing.aborted) giveUp();
  else closing.addEventListener("abort", giveUp, { once: true });
  const facts = await pool.start();
  const unwatch = watchDescriptors(log);
  closing.removeEventListener("abort", giveUp);
  const files = fileService(settings, [facts]);
  for (const warning of files.warnings) log.warn(warning);
  requestHandler.open(withStripped(files.mounts, facts.forced ?? ""));
  const programPool: ProgramPool = {
    dispatcher,
    spool,
    handle: (request, response, scriptName, url) =>
      requestHandler.handle(request, response, scriptName, url),
    fetch: (request) =>
      fetchFrom(programPool, request, (task, error) => {
        const fields = { code: error.code, request: task.requestId };
        log.error(fields, `${task.describe()}: ${error.code}: ${error.message}`);
      }),
    call: (environ, startResponse) => callWsgi(programPool, environ, startResponse),
    async close() {
      const until = performance.now() + graceMs;
      // Requests that waited for the start are submitted in this turn of the event loop.
      await setImmediate();
      const busy = (): boolean => spool.buffering + dispatcher.waiting + dispatcher.running > 0;
      while (busy() && performance.now() < until) await sleep(POLL_INTERVAL_MS);
      const stopping = new QuintetError("QUINTET_STOPPING", "The application is being closed.");
      dispatcher.close(stopping, true);
      await pool.stop(until - performance.now());
      unwatch();
      await log.close();
    },
  };
  return programPool;
}
