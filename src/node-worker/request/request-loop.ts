import type { WsgiApplication } from "../../wsgi/types.ts";
import { RETRY_AFTER_SECONDS } from "../../shared/retry-after.ts";
import {
  ANSWER,
  BODY_IN_FILE,
  BODY_STREAMS,
  CREDIT,
  GONE,
  HANDBACK,
  INTERRUPT,
  REQUEST,
} from "../../wire/frames.ts";
import type { Answers } from "../answers.ts";
import { makeEnviron } from "./environ.ts";
import { WsgiResponse } from "./response.ts";
import { Input } from "./input.ts";
import { runApplication } from "./run-application.ts";
import type { WorkerPage } from "../worker-page.ts";

const RETRY_HEAD = ["503 Service Unavailable", "Retry-After", RETRY_AFTER_SECONDS].join("\0");

export interface RequestLoopOptions {
  application: WsgiApplication;
  answers: Answers;
  page: WorkerPage;
  threads: number;
  multiprocess: boolean;
}

/** Runs the application for each request, in order of arrival, up to `threads` at once. */
export class RequestLoop {
  readonly #options: RequestLoopOptions;
  readonly #pending: (() => Promise<void>)[] = [];
  readonly #running: Map<number, WsgiResponse> = new Map();
  #runningCount = 0;
  #ending: (() => void) | null = null;

  constructor(options: RequestLoopOptions) {
    this.#options = options;
  }

  /** Handle a frame from the front. */
  frame(type: number, flags: number, id: number, buffer: Buffer, start: number, end: number): void {
    if (type === REQUEST) {
      const request = { id, flags, buffer, start, end };
      this.#pending.push(() => this.#run(request));
      this.#next();
      return;
    }
    if (type === INTERRUPT) return this.#running.get(id)?.interrupt();
    const stream = this.#options.answers.streams.get(id);
    if (type === CREDIT) stream?.credit(buffer.readUInt32LE(start));
    else if (type === GONE) stream?.leave();
  }

  /** Resolves when all requests that this worker has begun, or will begin, are finished. */
  async finish(): Promise<void> {
    const { page } = this.#options;
    page.runs(this.#runningCount > 0);
    await new Promise<void>((resolve) => {
      this.#ending = resolve;
      this.#next();
    });
    page.runs(false);
    page.leaves();
  }

  #next(): void {
    while (this.#runningCount < this.#options.threads && this.#pending.length > 0) {
      this.#runningCount += 1;
      const begin = this.#pending.shift() as () => Promise<void>;
      void begin().then(() => {
        this.#runningCount -= 1;
        this.#next();
      });
    }
    if (this.#runningCount === 0 && this.#pending.length === 0) this.#ending?.();
  }

  async #run(request: {
    id: number;
    flags: number;
    buffer: Buffer;
    start: number;
    end: number;
  }): Promise<void> {
    const { application, answers, page, threads, multiprocess } = this.#options;
    const { id, flags, buffer, start, end } = request;
    if (!page.begin(id)) {
      answers.send((out) => out.frame(HANDBACK, id, Buffer.alloc(0)));
      return;
    }
    if (flags & BODY_STREAMS) {
      // The request was queued for a Python application with `requestBuffering: false`, and a reload replaced that by this
      // one. When the client retries, the request arrives with its whole body.
      answers.send((out) =>
        out.response(ANSWER, id, RETRY_HEAD, Buffer.from("Try again.\n"), 0, 0),
      );
      return;
    }
    const environEnd = start + 4 + buffer.readUInt32LE(start);
    const text = buffer.toString("latin1", start + 4, environEnd);
    const input = new Input(buffer.subarray(environEnd, end), (flags & BODY_IN_FILE) !== 0);
    const environ = makeEnviron(text, input, id, threads, multiprocess);
    const response = new WsgiResponse(answers, id, environ.REQUEST_METHOD);
    this.#running.set(id, response);
    try {
      await runApplication(application, environ, response);
    } finally {
      this.#running.delete(id);
      input.close();
      answers.streams.delete(id);
    }
  }
}
