import type { ApplicationOptions, ApplicationTarget } from "./application-options.ts";
import type { ErrorCode } from "../shared/errors.ts";
import type { Settings } from "./settings.ts";

/** The order to the process that loads a user's TypeScript: from evaluate.ts here to src/node-worker/evaluate.ts. */
export interface EvaluationOrder {
  /** The config file to load, or null. */
  config: string | null;
  /** The wsgi.ts to load, or null. */
  file: string | null;
  /** Settings from the environment and the command line, which override those of the config file. */
  overrides: Partial<Settings>;
  /** The user and group to switch to before anything is loaded, if this process is root. python/quintet/host sends neither. */
  user?: string | null;
  group?: string | null;
}

/** The descriptor of a pipe that closes when the asking process ends. python/quintet/host passes none. */
export const LIFELINE = 4;

/** The answer of that process. */
export type EvaluationResult =
  | {
      ok: true;
      config: Partial<Settings>;
      /** The Python application that the wsgi.ts exports; null if it exports one written in TypeScript. */
      target: string | null;
      /** The Python applications that a TypeScript application calls. */
      inner: ApplicationTarget[];
      options: ApplicationOptions;
      /** The changes that the file made to process.env; null for a variable that it removed. */
      env: Record<string, string | null>;
    }
  | { ok: false; code: ErrorCode; message: string; advice: string; detail: string };
