/** A file of a mount is asked for. */
export interface StaticQuestion {
  root: string;
  /** Below the root, as the request has it. */
  path: string;
  /** Links may not lead out of the root. */
  confined: boolean;
  /** Others put files there: what a browser would run is not to run as the site. */
  uploads: boolean;
  /** Hidden files are served, too. */
  hidden: boolean;
  head: boolean;
  /** Those of the request that decide about the answer. */
  headers: Record<string, string>;
}

/** Part of a file that is open. */
export interface FileRange {
  descriptor: number;
  position: number;
  size: number;
}

export interface StaticFound {
  status: number;
  headers: Record<string, string | number>;
  /** How it begins, as a string of one byte a character where that is all. */
  body: string | Uint8Array;
  /** What follows; whoever reads it closes it. */
  rest: FileRange | null;
}

/** What a thread can do, each with what is asked and what it answers. */
export interface Jobs {
  /** Null where there is no such file. */
  static: [StaticQuestion, StaticFound | null];
  /** Open a file if its name leads to that one. */
  open: [{ path: string; device: bigint; inode: bigint }, number];
  /** At most so much; nothing at the end. */
  read: [FileRange, Uint8Array];
  close: [number, null];
}

export type JobName = keyof Jobs;

/** A job, as a thread is given it. */
export interface GivenJob {
  id: number;
  name: JobName;
  question: Jobs[JobName][0];
}

/** What a thread is given at once. Batches are numbered from 1. */
export interface Batch {
  number: number;
  jobs: GivenJob[];
}

/** What a thread says of a job. */
export interface Answered {
  id: number;
  answer?: Jobs[JobName][1];
  error?: { message: string; code: string | undefined };
  /** It was not begun, for that batch was recalled. */
  recalled?: number;
}

/** What a thread and we share, as numbers: the job that it has come to; and the batch of which it is to begin no more. */
export const AT = 0;
export const RECALLED = 1;
export const SHARED_BYTES = 8;
