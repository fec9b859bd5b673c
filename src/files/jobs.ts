/** A request for a file of a mount. */
export interface StaticQuestion {
  root: string;
  /** The path below the root, as in the request. */
  path: string;
  /** Whether links must not lead out of the root. */
  confined: boolean;
  /** Whether users of the site upload files there. A browser must not run those as pages of the site. */
  uploads: boolean;
  /** Whether hidden files are served, too. */
  hidden: boolean;
  /** The request is a HEAD. */
  head: boolean;
  /** The request headers that decide about the response, with names in lower case. */
  headers: Record<string, string>;
}

/** Part of an open file. */
export interface FileRange {
  descriptor: number;
  position: number;
  size: number;
}

/** The response for a file. */
export interface StaticFound {
  status: number;
  headers: Record<string, string | number>;
  /** The beginning of the body. If that is all of it, it is a string, each character one byte. */
  body: string | Uint8Array;
  /** The rest of the body. The reader must close the file. */
  rest: FileRange | null;
}

/** The jobs that a thread can do, each with its question and its answer. */
export interface Jobs {
  /** The response for a file; null if there is no such file. */
  static: [StaticQuestion, StaticFound | null];
  /** Opens a file if the path leads to that inode. The answer is the descriptor. */
  open: [{ path: string; device: bigint; inode: bigint }, number];
  /** Reads at most that many bytes; an empty array at the end of the file. */
  read: [FileRange, Uint8Array];
  close: [number, null];
}

export type JobName = keyof Jobs;

/** A job as it is sent to a thread. */
export interface GivenJob {
  id: number;
  name: JobName;
  question: Jobs[JobName][0];
}

/** The jobs that are sent to a thread in one message. Batches are numbered from 1. */
export interface Batch {
  number: number;
  jobs: GivenJob[];
}

/** What a thread replies about a job. */
export interface JobReply {
  id: number;
  answer?: Jobs[JobName][1];
  error?: { message: string; code: string | undefined };
  /** The number of its batch, if the job was not begun and is returned. */
  recalled?: number;
}

/**
 * The layout of the memory shared with a thread, as 32-bit integers: the id of its current job, and the number of the last
 * recalled batch, of which it begins no more jobs.
 */
export const CURRENT_JOB = 0;
export const RECALLED_BATCH = 1;
export const SHARED_BYTES = 8;
