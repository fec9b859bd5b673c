import type { Task } from "../dispatch/task.ts";
import { QuintetError, type ErrorCode } from "../shared/errors.ts";
import {
  ABORT,
  ANSWER,
  CALL_CREDIT,
  CALL_FAILED,
  CALL_GONE,
  DATA,
  END,
  START,
} from "../wire/frames.ts";
import { endOfHead } from "../dispatch/link/payloads.ts";
import { readHead } from "../wire/response-head.ts";
import type { Answers } from "./answers.ts";

/**
 * The inner calls of this worker: requests from its TypeScript application to Python applications behind it. Used like a
 * dispatcher: a submitted request goes to the front, which has another worker run it, and the response comes back.
 */
export class InnerCalls {
  readonly holdsWorker = true;
  readonly #answers: Answers;
  readonly #calls: Map<number, Task> = new Map();
  #lastId = 0;

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** @param outer the number of the request that makes the call; 0 if unknown */
  submit(task: Task, target: string, outer: number): void {
    this.#lastId = (this.#lastId % 0xff_ff_ff_f0) + 1;
    const id = this.#lastId;
    task.id = id;
    task.link = this;
    this.#calls.set(id, task);
    this.#answers.send((out) =>
      out.call(id, outer, target, task.environ, task.body, task.bodyInFile),
    );
  }

  /**
   * Send the credit after anything that the application sends in response to those bytes: under `quintet.host`, the other
   * server then gets that output before the next piece.
   */
  credit(task: Task, bytes: number): void {
    setImmediate(() => this.#credit(task, bytes));
  }

  #credit(task: Task, bytes: number): void {
    if (!this.#calls.has(task.id)) return;
    this.#answers.send((out) => out.credit(CALL_CREDIT, task.id, bytes));
  }

  gone(task: Task): void {
    if (!this.#calls.delete(task.id)) return;
    this.#answers.send((out) => out.plain(CALL_GONE, task.id));
    task.release();
  }

  /** Handles a frame of an answer. */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    const task = this.#calls.get(id);
    if (!task) return;
    if (type === ANSWER || type === START) {
      const headEnd = endOfHead(buffer, start, start + 8, end);
      const head = readHead(buffer.toString("latin1", start + 8, headEnd));
      if (type === START) return task.onStart(head, flags, buffer.subarray(headEnd, end));
      this.#ended(task);
      task.onAnswer(head, flags, buffer, headEnd, end);
    } else if (type === DATA) task.onData(buffer.subarray(start, end));
    else if (type === END) this.#ended(task).onEnd();
    else if (type === ABORT)
      this.#ended(task).onAbort("QUINTET_BAD_ANSWER", "the application ended its response early");
    else if (type === CALL_FAILED) {
      const failure = JSON.parse(buffer.toString("utf8", start, end)) as {
        status: 502 | 503 | 504;
        code: ErrorCode;
        message: string;
      };
      this.#ended(task).onFail(failure.status, new QuintetError(failure.code, failure.message));
    }
  }

  #ended(task: Task): Task {
    this.#calls.delete(task.id);
    task.link = null;
    task.release();
    return task;
  }
}
