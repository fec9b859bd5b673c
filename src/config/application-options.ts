import type { Settings } from "./settings.ts";

/** What a program of one's own may say of the workers it starts. Under `quintet` these are defaults for its settings. */
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
  /** The folder of the Python project; by default that of the file that asks for the application. */
  project?: string;
};

/** What an application is, told to the server that evaluates a wsgi.ts. */
export interface ApplicationTarget {
  target: string;
  options: ApplicationOptions;
}
