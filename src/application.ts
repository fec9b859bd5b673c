import type { IncomingMessage, ServerResponse } from "node:http";
import type { OwnPool } from "./own-pool.ts";
import { QuintetError } from "./errors.ts";
import type { Settings } from "./settings.ts";
import type { WsgiApplication } from "./wsgi/types.ts";

/** What a program of one's own may say of the workers it starts. Under `quintet` these are defaults for its settings. */
export type ApplicationOptions = Partial<
  Pick<
    Settings,
    | "workers"
    | "threads"
    | "timeout"
    | "gracefulTimeout"
    | "backlog"
    | "queueTimeout"
    | "python"
    | "env"
    | "static"
    | "bodyMemory"
    | "spoolLimit"
    | "tempDir"
    | "logLevel"
    | "logFormat"
  >
> & {
  /** The folder of the Python project; by default that of the file that asks for the application. */
  project?: string;
};

/** What an application is, told to the server that evaluates a wsgi.ts. */
export interface ApplicationTarget {
  target: string;
  options: ApplicationOptions;
}

/** The property under which `quintet` finds an application's target. */
export const TARGET: unique symbol = Symbol.for("quintet.target") as never;

const created: ApplicationTarget[] = [];

/** The applications that were asked for in this process. */
export function createdApplications(): ApplicationTarget[] {
  return created;
}

type Host = (target: string, options: ApplicationOptions) => Promise<OwnPool>;
let host: Host | null = null;

/** Let applications be run by a server, instead of workers of their own. */
export function hostApplications(by: Host): void {
  host = by;
}

/** A Python application, as TypeScript sees it. It starts its workers on first use. */
export interface PythonApplication extends WsgiApplication {
  /** Answer a fetch Request. Rejects with a QuintetError if the application cannot be loaded. */
  fetch(request: Request): Promise<Response>;
  /** Answer a request of node:http, Express or connect; mounted there, it is given its SCRIPT_NAME. */
  handler(
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void;
  /** Finish what runs, end the workers. Used after that, the application throws QUINTET_CLOSED. */
  close(): Promise<void>;
  readonly [TARGET]: ApplicationTarget;
}

/** @param target `django`, or `package.module:attribute` */
export function pythonApplication(target: string, options: ApplicationOptions): PythonApplication {
  created.push({ target, options });
  let pool: Promise<OwnPool> | null = null;
  let closed = false;

  function use(): Promise<OwnPool> {
    if (closed) {
      return Promise.reject(new QuintetError("QUINTET_CLOSED", "The application has been closed."));
    }
    if (pool === null) {
      // Loaded when it is needed: a server that only asks what the application is does without.
      const starting = host
        ? host(target, options)
        : import("./own-pool.ts").then((own) => own.startOwnPool(target, options));
      pool = starting;
      // What could not start is tried again with the next request.
      starting.catch(() => {
        if (pool === starting) pool = null;
      });
    }
    return pool;
  }

  const members = {
    fetch: async (request: Request): Promise<Response> => (await use()).fetch(request),

    handler(
      request: IncomingMessage & { originalUrl?: string },
      response: ServerResponse,
      next?: (error?: unknown) => void,
    ): void {
      const url = request.url as string;
      const original = request.originalUrl ?? url;
      // Express and connect cut the path of the mount off `url`; what they cut is the SCRIPT_NAME.
      const cut = original.length - url.length;
      const below = original.endsWith(url) ? original.slice(0, cut) : "";
      const scriptName = below.endsWith("/") ? below.slice(0, -1) : below;
      use().then(
        (own) => own.handle(request, response, scriptName, url),
        (error: unknown) => {
          if (next) next(error);
          else if (!response.headersSent) response.writeHead(503).end("503 Service Unavailable\n");
        },
      );
    },

    async close(): Promise<void> {
      closed = true;
      const running = await pool?.catch(() => null);
      await running?.close();
    },

    [TARGET]: { target, options },
  };
  const call: WsgiApplication = async function* (environ, startResponse) {
    yield* (await use()).call(environ, startResponse);
  };
  return Object.assign(call, members);
}
