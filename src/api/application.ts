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

/** The applications that this process has created so far. */
export function createdApplications(): ApplicationTarget[] {
  return created;
}

/** The default of the setting `backlog`. The settings table is not imported: it would slow the start of every program. */
const DEFAULT_BACKLOG = 2048;

type StartPool = (
  target: string,
  options: ApplicationOptions,
  closing: AbortSignal,
) => Promise<ProgramPool>;
let startHosted: StartPool | null = null;

/** Send the requests of all applications of this process to a server's workers instead of starting workers for them. */
export function hostApplications(start: StartPool): void {
  startHosted = start;
}

/** Whether this process runs a file for a server: it is a worker, or it evaluates a wsgi.ts. */
export const servedFile: { isRunning: boolean } = { isRunning: false };

/** A Python application in TypeScript. In a program of your own it starts its workers on first use. */
export interface PythonApplication {
  /**
   * Call the application as PEP 3333 says ("The Application/Framework Side"). Can be used as a `WsgiApplication`. Ignores the
   * return value of `startResponse`.
   *
   * @returns the body of the response. `startResponse` is called before the first piece
   * @throws {TypeError} from the iteration, if the environ breaks PEP 3333
   * @throws {QuintetError} from the iteration: why the application cannot be loaded, or why it gave no answer
   */
  (environ: Environ, startResponse: ResponseStart): AsyncIterable<Uint8Array>;
  /**
   * Answer a fetch Request. Bodies stream both ways. The signal of the request ends it.
   *
   * @returns the response of the application. If a worker dies, times out or is missing, a response with the status that a
   *   client of the server would get: 502, 503 or 504
   * @throws {QuintetError} why the application cannot be loaded. The next call tries again
   */
  fetch(request: Request): Promise<Response>;
  /**
   * Answer a request of node:http, Express or connect. Where one of those has mounted it, the application gets the path of the
   * mount as SCRIPT_NAME (PEP 3333, "environ Variables").
   *
   * @param next gets the QuintetError if the application cannot be loaded. Without it, the client gets 503
   */
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
  /** For Quintet itself: what the application is. */
  readonly [TARGET]: ApplicationTarget;
}

/** @param target `django`, or `package.module:attribute` */
export function pythonApplication(target: string, options: ApplicationOptions): PythonApplication {
  created.push({ target, options });
  const closing = new AbortController();
  let pool: Promise<ProgramPool> | null = null;
  /** The promise of `pool`, once it has resolved. */
  let started: Promise<ProgramPool> | null = null;
  let requestsBeforeStart = 0;
  let closed: Promise<void> | null = null;

  function startedPool(): Promise<ProgramPool> {
    if (closed) {
      return Promise.reject(new QuintetError("QUINTET_CLOSED", "The application has been closed."));
    }
    if (pool === null) {
      // Imported on first use: a server that only reads a wsgi.ts does not need it.
      const starting = startHosted
        ? startHosted(target, options, closing.signal)
        : import("./program-pool.ts").then((module) =>
            module.startProgramPool(target, options, closing.signal),
          );
      pool = starting;
      // After a failed start, the next request tries again.
      starting.catch(() => {
        if (pool === starting) pool = null;
      });
    }
    return pool;
  }

  /** The pool for one request. While the workers start, no more than `backlog` requests wait. */
  function poolForRequest(): Promise<ProgramPool> {
    const starting = startedPool();
    if (pool !== null && pool === started) return starting;
    const backlog = options.backlog ?? DEFAULT_BACKLOG;
    if (requestsBeforeStart >= backlog) {
      const message = `${backlog} requests already wait for the first worker`;
      return Promise.reject(new QuintetError("QUINTET_QUEUE_FULL", message));
    }
    requestsBeforeStart += 1;
    const current = pool;
    return starting
      .then((ready) => {
        started = current;
        return ready;
      })
      .finally(() => {
        requestsBeforeStart -= 1;
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
      const ready = await unlessAborted(poolForRequest(), request.signal);
      return ready.fetch(request);
    },

    handler(request, response, next) {
      // Read before the first await: Express restores the URL when the handler returns.
      const { scriptName, url } = mountPathOf(request);
      poolForRequest()
        .then((ready) => ready.handle(request, response, scriptName, url))
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
    yield* (await poolForRequest()).call(environ, startResponse);
  }
  return Object.assign(call, members);
}
