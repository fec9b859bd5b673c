import type { InnerCallTask } from "../dispatch/link/inner-call-task.ts";

/** The applications that an application in TypeScript calls. Other pools run them. The only calls of a pool to who made it. */
export interface InnerApplications {
  /** Resolves when they have been started, even if one has failed. */
  started(): Promise<unknown>;
  /** A worker calls one of them. */
  call(target: string, call: InnerCallTask): void;
}
