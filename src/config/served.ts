import type { ApplicationTarget } from "./application-options.ts";

/** The application that workers run, and its surroundings. */
export interface WhatRuns {
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** The first folder of sys.path. */
  project: string;
  env: NodeJS.ProcessEnv;
  /** The current folder of the workers. */
  cwd: string;
}

/** The application that a server serves. */
export interface Served extends WhatRuns {
  /** Its name for people, in the log and in `quintet status`. */
  served: string;
  /** Why the server has this number of workers, if it was not set; empty if there is nothing to explain. */
  workersBecause: string;
  /** The folder in which the command was run. A relative path in the setting `python` starts there. */
  origin: string;
  /** The Python applications that a TypeScript application calls. Null if `target` is itself a Python application. */
  inner: ApplicationTarget[] | null;
}
