import type { WorkerFacts, WorkerFailure } from "../../wire/json-messages.ts";
import type { Task } from "../task.ts";
import type { InnerCallTask } from "./inner-call-task.ts";

/** What happens at a worker, for whoever keeps the worker's process. The only calls from dispatch to workers. */
export interface LinkListener {
  /** The worker has loaded the application. */
  ready(facts: WorkerFacts): void;
  /** The worker cannot load it. */
  failed(failure: WorkerFailure): void;
  log(level: string, text: string, task: Task | undefined): void;
  /** The worker calls an application that other workers run. */
  innerCall(target: string, call: InnerCallTask): void;
  /** The worker has named a file that cannot be opened here, and sends it itself. */
  unopened(error: unknown, task: Task): void;
  /** The worker has answered `maxAnswers` requests. */
  answeredEnough(): void;
  /**
   * The worker hangs: in `task`, whose client has been answered, or in what it does after a response if `task` is null.
   *
   * @param timeoutMs milliseconds it had
   */
  hung(task: Task | null, timeoutMs: number): void;
  /** The worker runs out of request numbers. */
  outOfNumbers(): void;
  /** Nothing runs at a retiring worker any more. */
  drained(): void;
}

/** What a link wants of its dispatcher. */
export interface LinkOwner {
  /** Requests that this worker has not begun. */
  requeue(tasks: Task[]): void;
  /** A worker has room again. */
  freed(): void;
}
