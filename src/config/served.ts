import type { ApplicationTarget } from "./application-options.ts";

/** What the workers run. */
export interface WhatRuns {
  /** `django`, `package.module:attribute`, or the path of a file that Node loads. */
  target: string;
  /** The folder that is put first on Python's path. */
  project: string;
  env: NodeJS.ProcessEnv;
  /** Where it runs. */
  cwd: string;
}

/** What is served. */
export interface Served extends WhatRuns {
  /** How a person calls it. */
  served: string;
  /** Why it has so many workers, where nobody has said how many; empty for no reason worth a line. */
  workersBecause: string;
  /** Where the command was given; a relative path to Python starts there. */
  origin: string;
  /** `target` is a file that Node loads, and these are the Python applications it has. Null for a Python application. */
  inner: ApplicationTarget[] | null;
}
