import type { IncomingMessage, ServerResponse } from "node:http";
import { resolve } from "node:path";
import { fetchFrom } from "./adapters/fetch.ts";
import { callWsgi } from "./adapters/wsgi.ts";
import type { ApplicationOptions } from "./application.ts";
import type { Task } from "./dispatch/task.ts";
import { QuintetError } from "./errors.ts";
import { Spool } from "./front/body.ts";
import { Gateway } from "./front/gateway.ts";
import { createLog } from "./log.ts";
import { poolOptions, spoolLimits } from "./pool-options.ts";
import { checkSettings, defaultSettings, type Settings } from "./settings.ts";
import { Pool } from "./supervisor/pool.ts";
import { withEnv } from "./supervisor/environment.ts";
import { findInterpreter } from "./worker/interpreter.ts";
import type { Environ, StartResponse } from "./wsgi/types.ts";

/** The workers of a program of one's own, and the ways to them. */
export interface OwnPool {
  dispatcher: { submit(task: Task): void };
  spool: Spool;
  handle(request: IncomingMessage, response: ServerResponse, scriptName: string, url: string): void;
  fetch(request: Request): Promise<Response>;
  call(environ: Environ, startResponse: StartResponse): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Workers of a program of one's own, unless it says otherwise. */
const FEW = 2;

/** Start workers for a program of one's own. */
export async function startOwnPool(target: string, options: ApplicationOptions): Promise<OwnPool> {
  const { project = process.cwd(), ...given } = options;
  const settings: Settings = {
    ...defaultSettings(),
    workers: FEW,
    ...checkSettings(given, "options of the application"),
  };
  const log = createLog(settings.logLevel, settings.logFormat, 2);
  const folder = resolve(project);
  const interpreter = findInterpreter(settings.python, [folder, process.cwd()], process.env);
  const what = { target, project: folder, env: withEnv(process.env, settings.env) };
  const pool = new Pool(poolOptions(settings, what, interpreter, log));
  const { dispatcher } = pool;
  const spool = new Spool(spoolLimits(settings));
  const gateway = new Gateway({ dispatcher, spool, log, accessLog: false });
  const facts = await pool.start();
  gateway.open(settings.static ? (facts.static ?? []) : []);
  const own: OwnPool = {
    dispatcher,
    spool,
    handle: (request, response, scriptName, url) =>
      gateway.handle(request, response, scriptName, url),
    fetch: (request) => fetchFrom(own, request),
    call: (environ, startResponse) => callWsgi(own, environ, startResponse),
    async close() {
      const closing = new QuintetError("QUINTET_STOPPING", "The application is being closed.");
      dispatcher.close(closing, false);
      const grace = new Promise((done) =>
        setTimeout(done, settings.gracefulTimeout * 1000).unref(),
      );
      await Promise.race([dispatcher.idle(), grace]);
      dispatcher.close(closing, true);
      await pool.stop();
      log.flush();
    },
  };
  return own;
}
