import type { ApplicationOptions, ApplicationTarget } from "../config/application-options.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import { unlessAborted } from "./adapters/unless-aborted.ts";
import { mountPathOf } from "./adapters/express-mount.ts";
import { answerUnavailable } from "./adapters/unavailable.ts";
import { QuintetError } from "../shared/errors.ts";
import type { ProgramPool } from "./program-pool.ts";
import type { Environ, ResponseStart } from "../wsgi/types.ts";

/** The property under which `quintet` finds an application's target. */
export const TARGET: unique symbol = Symbol.for("quintet.target") as never;

const created: ApplicationTarget[] = [];

/** The applications that were asked for in this process. */
export function createdApplications(): ApplicationTarget[] {
  return created;
}

/** The default of the setting `backlog`, without the table of settings: this file is loaded where nothing is served. */
const BACKLOG = 2048;

type Host = (
  target: string,
  options: ApplicationOptions,
  closing: AbortSignal,
) => Promise<ProgramPool>;
let host: Host | null = null;

/** Let applications be run by a server, instead of workers of their own. */
export function hostApplications(by: Host): void {
  host = by;
}

/** A Python application, as TypeScript sees it. It starts its workers on first use. */
export interface PythonApplication {
  /**
   * Call it as PEP 3333 says: a WsgiApplication that needs nothing back from `startResponse`. Rejects with a QuintetError
   * if the application cannot be loaded, or answers nothing.
   */
  (environ: Environ, startResponse: ResponseStart): AsyncIterable<Uint8Array>;
  /** Answer a fetch Request. Rejects with a QuintetError if the application cannot be loaded. */
  fetch(request: Request): Promise<Response>;
  /** Answer a request of node:http, Express or connect; mounted there, it is given its SCRIPT_NAME. */
  handler(
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void;
  /**
   * Let running requests finish within `gracefulTimeout`, then end the workers. A second call returns the same promise.
   *
   * @returns a promise that resolves when the workers have ended. Used after that, the application throws QUINTET_CLOSED
   */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
  readonly [TARGET]: ApplicationTarget;
}

/** @param target `django`, or `package.module:attribute` */
export function pythonApplication(target: string, options: ApplicationOptions): PythonApplication {
  created.push({ target, options });
  const closing = new AbortController();
  let pool: Promise<ProgramPool> | null = null;
  /** The pool, once it has been there. */
  let started: Promise<ProgramPool> | null = null;
  /** Requests that wait for it. */
  let waiting = 0;
  let closed: Promise<void> | null = null;

  function use(): Promise<ProgramPool> {
    if (closed) {
      return Promise.reject(new QuintetError("QUINTET_CLOSED", "The application has been closed."));
    }
    if (pool === null) {
      // Loaded when it is needed: a server that only asks what the application is does without.
      const starting = host
        ? host(target, options, closing.signal)
        : import("./program-pool.ts").then((own) =>
            own.startProgramPool(target, options, closing.signal),
          );
      pool = starting;
      // What could not start is tried again with the next request.
      starting.catch(() => {
        if (pool === starting) pool = null;
      });
    }
    return pool;
  }

  /** The same for a request: while the workers start, no more of them wait than would wait for a worker. */
  function reach(): Promise<ProgramPool> {
    const using = use();
    if (pool !== null && pool === started) return using;
    const backlog = options.backlog ?? BACKLOG;
    if (waiting >= backlog) {
      const message = `${backlog} requests wait for the first worker already`;
      return Promise.reject(new QuintetError("QUINTET_QUEUE_FULL", message));
    }
    waiting += 1;
    const current = pool;
    return using
      .then((own) => {
        started = current;
        return own;
      })
      .finally(() => {
        waiting -= 1;
      });
  }

  async function close(): Promise<void> {
    closing.abort();
    const running = await pool?.catch(() => null);
    await running?.close();
  }

  function closeOnce(): Promise<void> {
    closed ??= close();
    return closed;
  }

  const members: Omit<PythonApplication, never> = {
    async fetch(request) {
      request.signal.throwIfAborted();
      const own = await unlessAborted(reach(), request.signal);
      return own.fetch(request);
    },

    handler(request, response, next) {
      // Now, for what has mounted it may change the URL again.
      const { scriptName, url } = mountPathOf(request);
      reach()
        .then((own) => own.handle(request, response, scriptName, url))
        .catch((error: unknown) => answerUnavailable(error, request, response, next));
    },

    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
    [TARGET]: { target, options },
  };
  async function* call(
    environ: Environ,
    startResponse: ResponseStart,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* (await reach()).call(environ, startResponse);
  }
  return Object.assign(call, members);
}
