import { QuintetError } from "../shared/errors.ts";
import type { Log } from "../shared/log.ts";
import type { WarmupTarget } from "../config/values/warmup-target.ts";
import type { WorkerFacts } from "../wire/facts.ts";
import type { WorkerProcess } from "./process.ts";
import { describeEnd, type ProcessEnd } from "./process-output.ts";
import { type WarmupAnswer, WarmupTask } from "./warmup-task.ts";

export interface WarmupOptions {
  targets: WarmupTarget[];
  /** The path below which the application is, by the setting. */
  mount: string;
  /** A start or a reload fails where one of them does. */
  stops: boolean;
  /** Milliseconds that all of them may take together; 0 for no limit. */
  limit: number;
  /** The application is behind another one, which may not send it all of these paths: only a 5xx is worth a line. */
  behind: boolean;
  /** What has to be ready before; null for nothing. */
  after: (() => Promise<unknown>) | null;
}

/** So many workers may end in a request, one after the other, before new ones are not asked for it any more. */
const DEATHS_MOST = 2;

/**
 * The requests that each new worker is asked before it takes those of clients. Whatever comes of them, workers come to
 * serve in the end: a request that hangs, or in which workers die, is left out for those that follow.
 */
export class Warmup {
  readonly #options: WarmupOptions;
  readonly #log: Log;
  /** What each is asked now. */
  readonly #running: WeakMap<WorkerProcess, string> = new WeakMap();
  readonly #deaths: Map<string, number> = new Map();
  readonly #leftOut: Set<string> = new Set();
  readonly #said: Set<string> = new Set();
  /** Those that are killed because they hang, and what was said of that. */
  readonly #hung: WeakMap<WorkerProcess, QuintetError> = new WeakMap();

  constructor(options: WarmupOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** Whether there is anything to ask. */
  get needed(): boolean {
    return this.#options.targets.some(({ text }) => !this.#leftOut.has(text));
  }

  /** A start or a reload fails where a request does. */
  get stops(): boolean {
    return this.#options.stops;
  }

  /**
   * Ask a worker for all of them, one after the other.
   *
   * @returns what went wrong if that is more than a warning, else null; or `gone` if the worker is not to serve any more
   */
  async run(worker: WorkerProcess, facts: WorkerFacts): Promise<QuintetError | "gone" | null> {
    const { link } = worker;
    await this.#options.after?.();
    const began = performance.now();
    const timer = this.#watch(worker);
    const told: string[] = [];
    const lives = (): boolean =>
      link.state === "warming" && !worker.stopping && !this.#hung.has(worker);
    let failed: QuintetError | null = null;
    for (const target of this.#options.targets) {
      if (this.#leftOut.has(target.text)) continue;
      if (!lives()) break;
      const task = new WarmupTask(target, facts, this.#options.mount);
      this.#running.set(worker, target.text);
      link.send(task, performance.now());
      const answer = await task.answer;
      // What has become of a worker that has ended, or is being killed, is for ended().
      if (!lives()) break;
      this.#running.delete(worker);
      this.#deaths.delete(target.text);
      told.push(`${target.text} ${answer.status}`);
      // Whatever else is wrong is said, too.
      const wrong = this.#judge(worker, target, task, answer);
      failed ??= wrong;
    }
    clearTimeout(timer);
    if (!lives()) return "gone";
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    this.#log.info({ worker: worker.pid }, `warmed up in ${seconds} s: ${told.join(", ")}`);
    return failed;
  }

  /** A worker has ended before it was warm. Null if that was in no request. */
  ended(worker: WorkerProcess, end: ProcessEnd): QuintetError | null {
    const text = this.#running.get(worker);
    this.#running.delete(worker);
    const hung = this.#hung.get(worker);
    if (hung || text === undefined) return hung ?? null;
    const how = describeEnd(end);
    const error = this.#failure(worker, `the worker ended (${how}) while it ran GET ${text}.`);
    const deaths = (this.#deaths.get(text) ?? 0) + 1;
    this.#deaths.set(text, deaths);
    if (deaths >= DEATHS_MOST) this.#leaveOut(text);
    return error;
  }

  #failure(worker: WorkerProcess, message: string, fields: object = {}): QuintetError {
    const code = "QUINTET_WARMUP";
    this.#log.error({ worker: worker.pid, code, ...fields }, `warmup: ${message}`);
    return new QuintetError(code, message, {
      advice: "Mend that page, or set warmupFailure to warn.",
    });
  }

  /** Say what is odd about an answer. Only what is the application's fault is a failure. */
  #judge(
    worker: WorkerProcess,
    { text }: WarmupTarget,
    { host, requestId: request }: WarmupTask,
    { status, location, broken }: WarmupAnswer,
  ): QuintetError | null {
    if (broken) return this.#failure(worker, `GET ${text} broke off: ${broken}.`, { request });
    if (status >= 500)
      return this.#failure(worker, `GET ${text} was answered ${status}.`, { request });
    if (status < 300 || this.#options.behind || this.#said.has(text)) return null;
    this.#said.add(text);
    const redirect = location ? `it redirects to ${location}, which is not warmed up` : "";
    const url = "a URL asks for another, such as https://shop.example/";
    const hint = status === 400 ? `its host was ${host}; ${url}` : redirect;
    this.#log.warn(
      { worker: worker.pid, request },
      `warmup: GET ${text} was answered ${status}${hint && `; ${hint}`}`,
    );
    return null;
  }

  /** Where a worker hangs is said; it is killed, and its successor is not asked that again. */
  #watch(worker: WorkerProcess): NodeJS.Timeout | undefined {
    const { limit } = this.#options;
    if (limit === 0) return undefined;
    const late = async (): Promise<void> => {
      const text = this.#running.get(worker);
      const detail = await worker.stacks();
      if (text === undefined || worker.link.state !== "warming") return;
      const message = `GET ${text} has not ended within ${limit / 1000} s; the worker is replaced.`;
      this.#hung.set(worker, this.#failure(worker, message, { detail: detail || undefined }));
      this.#leaveOut(text);
      // Not kill(), which is for those that need no successor.
      worker.signal("SIGKILL");
    };
    return setTimeout(() => void late(), limit).unref();
  }

  #leaveOut(text: string): void {
    if (this.#leftOut.has(text)) return;
    this.#leftOut.add(text);
    if (!this.stops) {
      this.#log.warn(`warmup: ${text} is left out for new workers until the next reload`);
    }
  }
}
