import type { ApplicationOptions, ApplicationTarget } from "./application-options.ts";
import type { ErrorCode } from "../shared/errors.ts";
import type { Settings } from "./settings.ts";

/** What the process that loads a user's TypeScript is asked. */
export interface EvaluationOrder {
  /** The config file, or null. */
  config: string | null;
  /** The wsgi.ts, or null where only the config file is wanted. */
  file: string | null;
  /** Settings of environment and command line, which win over the file's. */
  overrides: Partial<Settings>;
  /** Whom to become before anything is loaded, if this is root; a program in another language says nothing. */
  user?: string;
  group?: string;
}

/** The descriptor of a pipe that ends with whoever asks; a program in another language has none there. */
export const LIFELINE = 4;

/** What it answers. */
export type EvaluationResult =
  | {
      ok: true;
      config: Partial<Settings>;
      /** The Python application that the file exports; null if it exports one written in TypeScript. */
      target: string | null;
      /** The Python applications that one written in TypeScript has around or beside it. */
      inner: ApplicationTarget[];
      options: ApplicationOptions;
      /** What the file has changed in process.env; null where it removed a variable. */
      env: Record<string, string | null>;
    }
  | { ok: false; code: ErrorCode; message: string; advice: string; detail: string };
