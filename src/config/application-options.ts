import type { Settings } from "./settings.ts";

/**
 * Settings of an application's workers in a program of your own. Under `quintet` they are defaults for the server's settings.
 * Durations are seconds, sizes are bytes. `workers` is 2 by default; the other defaults are those of the command.
 */
export type ApplicationOptions = Partial<
  Pick<
    Settings,
    | "workers"
    | "workersIdle"
    | "threads"
    | "maxRequests"
    | "maxRequestsJitter"
    | "maxMemory"
    | "maxMemoryHard"
    | "maxAge"
    | "timeout"
    | "timeoutGrace"
    | "gracefulTimeout"
    | "backlog"
    | "queueTimeout"
    | "keepWorkers"
    | "strictHeaders"
    | "hooks"
    | "warmup"
    | "warmupFailure"
    | "python"
    | "env"
    | "static"
    | "media"
    | "staticMap"
    | "headers"
    | "requestBuffering"
    | "bodyTimeout"
    | "bodyMinRate"
    | "sendTimeout"
    | "sendMinRate"
    | "limitRequestLine"
    | "limitRequestFields"
    | "limitRequestFieldSize"
    | "limitRequestBody"
    | "bodyMemory"
    | "spoolLimit"
    | "responseSpool"
    | "tempDir"
    | "logLevel"
    | "logFormat"
  >
> & {
  /**
   * The folder of the Python project, from which Python imports. A relative path starts in the current folder. Default: the
   * folder of the file that calls `getWsgiApplication()` or `getPythonApplication()`.
   */
  project?: string;
};

/** What an application is, for the server that evaluates a wsgi.ts. */
export interface ApplicationTarget {
  target: string;
  options: ApplicationOptions;
}
