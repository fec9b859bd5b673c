import type { StaticMount } from "../front/static.ts";

/** What a worker says of itself once it has imported the application. */
export interface WorkerFacts {
  /** What runs it: `Python` or `Node`. */
  runtime: string;
  /** The interpreter. */
  python: string;
  version: string;
  importMs: number;
  django?: string;
  static?: StaticMount[];
}

/** Why a worker could not import the application. */
export interface WorkerFailure {
  code: string;
  message: string;
  trace: string;
  python: string;
}
