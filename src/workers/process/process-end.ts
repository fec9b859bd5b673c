import type { WorkerFailure } from "../../wire/json-messages.ts";

/** How a process ended, as the kernel reports it. If `code` and `signal` are both null, that is unknown. */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** Why the process could not be started; null if it was. */
  error: Error | null;
  /** The process was probably killed because the machine or its cgroup ran out of memory. */
  outOfMemory?: boolean;
}

/** How a process ended, and its last output. */
export interface ProcessEnd extends Exit {
  /** Why the process could not load the application; null if it gave no reason. */
  failure: WorkerFailure | null;
  /** The last lines of stderr. */
  stderr: string[];
}

/** How a process ended, for the log: "exit status 9". */
export function describeEnd(end: ProcessEnd): string {
  if (end.outOfMemory) return `killed by ${end.signal}, probably out of memory (see dmesg)`;
  if (end.signal) return `killed by ${end.signal}`;
  return end.code === null ? "its connection closed" : `exit status ${end.code}`;
}

/** The end of a process that could not be started. */
export function neverStarted(error: Error): ProcessEnd {
  return { code: null, signal: null, error, failure: null, stderr: [] };
}
