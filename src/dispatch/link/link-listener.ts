import type { WorkerFacts, WorkerFailure } from "../../wire/json-messages.ts";
import type { Task } from "../task.ts";
import type { InnerCallTask } from "./inner-call-task.ts";

/**
 * Is notified of what happens at a worker. Implemented by the owner of the worker's process: the only calls from dispatch to
 * workers.
 */
export interface LinkListener {
  /** The worker has loaded the application. */
  ready(facts: WorkerFacts): void;
  /** The worker cannot load it. */
  failed(failure: WorkerFailure): void;
  log(level: string, text: string, task: Task | undefined): void;
  /** The worker calls an application that other workers run. */
  innerCall(target: string, call: InnerCallTask): void;
  /** The worker has named a file that cannot be opened here, so it sends the file itself. */
  unopened(error: unknown, task: Task): void;
  /** The worker has answered `maxAnswers` requests. */
  answeredEnough(): void;
  /**
   * The worker hangs: in `task`, whose client has been answered, or after a response if `task` is null.
   *
   * @param timeoutMs the limit that was exceeded
   */
  hung(task: Task | null, timeoutMs: number): void;
  /** The worker runs out of request numbers. */
  outOfNumbers(): void;
  /** A retiring worker has answered its last request. */
  drained(): void;
}

/** What a link needs from its dispatcher. */
export interface LinkOwner {
  /** Takes back requests that the worker has not begun. */
  requeue(tasks: Task[]): void;
  /** A worker has room again. */
  freed(): void;
}
