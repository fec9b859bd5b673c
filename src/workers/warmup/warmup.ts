import { QuintetError } from "../../shared/errors.ts";
import type { Log } from "../../shared/log.ts";
import type { WarmupTarget } from "../../config/values/warmup-target.ts";
import type { WorkerFacts } from "../../wire/json-messages.ts";
import type { InnerApplications } from "../inner-applications.ts";
import type { WorkerProcess } from "../worker-process.ts";
import { describeEnd, type ProcessEnd } from "../process/process-end.ts";
import { type WarmupAnswer, WarmupTask } from "./warmup-task.ts";

export interface WarmupOptions {
  targets: WarmupTarget[];
  /** The setting `mount`: the path that the application is mounted on. */
  mount: string;
  /** Whether a failed request makes the start or the reload fail. */
  stops: boolean;
  /** How long all requests may take together; 0 for no limit. */
  limitMs: number;
  /** Another application calls this one, perhaps never for these paths, so only a 5xx is logged. */
  behind: boolean;
}

/** If this many workers in a row end during the same request, new workers skip it. */
const MAX_DEATHS = 2;

/**
 * The warm-up requests that each new worker runs before it takes client requests. They cannot keep workers from serving
 * forever: if a request hangs or workers die in it, later workers skip it.
 */
export class Warmup {
  readonly #options: WarmupOptions;
  readonly #inner: InnerApplications | null;
  readonly #log: Log;
  /** The target that each worker runs now. */
  readonly #running: WeakMap<WorkerProcess, string> = new WeakMap();
  /** How many workers in a row have ended in each target. */
  readonly #deaths: Map<string, number> = new Map();
  readonly #leftOut: Set<string> = new Set();
  /** Targets whose odd status has been logged. */
  readonly #warned: Set<string> = new Set();
  /** The workers that are killed because they hang, and the error that was logged. */
  readonly #hung: WeakMap<WorkerProcess, QuintetError> = new WeakMap();

  constructor(options: WarmupOptions, inner: InnerApplications | null, log: Log) {
    this.#options = options;
    this.#inner = inner;
    this.#log = log;
  }

  /** Whether there is any request to run. */
  get needed(): boolean {
    return this.#options.targets.some(({ text }) => !this.#leftOut.has(text));
  }

  /** Whether a failed request makes the start or the reload fail. */
  get stops(): boolean {
    return this.#options.stops;
  }

  /**
   * Have a worker run all requests, one after the other. Stops early if the worker leaves the state `warming`.
   *
   * @returns the first failure; null if there was none worse than a warning
   */
  async run(worker: WorkerProcess, facts: WorkerFacts): Promise<QuintetError | null> {
    const { life, link } = worker;
    // The requests reach the applications behind this one.
    await this.#inner?.started();
    const startedAt = performance.now();
    const timer = this.#startTimer(worker);
    const results: string[] = [];
    const isWarming = (): boolean => life.state === "warming";
    let failed: QuintetError | null = null;
    for (const target of this.#options.targets) {
      if (this.#leftOut.has(target.text)) continue;
      if (!isWarming()) break;
      const task = new WarmupTask(target, facts, this.#options.mount);
      this.#running.set(worker, target.text);
      link.send(task, performance.now());
      const answer = await task.answer;
      // If the worker has ended or was killed, ended() reports the failure.
      if (!isWarming()) break;
      this.#running.delete(worker);
      this.#deaths.delete(target.text);
      results.push(`${target.text} ${answer.status}`);
      // Every answer is judged, because #judge also logs.
      const failure = this.#judge(worker, target, task, answer);
      failed ??= failure;
    }
    clearTimeout(timer);
    if (!isWarming()) return failed;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    this.#log.info({ worker: worker.pid }, `warmed up in ${seconds} s: ${results.join(", ")}`);
    return failed;
  }

  /** A worker has ended before it was warm. Returns null if it was running no request. */
  ended(worker: WorkerProcess, end: ProcessEnd): QuintetError | null {
    const text = this.#running.get(worker);
    this.#running.delete(worker);
    const hung = this.#hung.get(worker);
    if (hung || text === undefined) return hung ?? null;
    const how = describeEnd(end);
    const error = this.#failure(worker, `the worker ended (${how}) while it ran GET ${text}.`);
    const deaths = (this.#deaths.get(text) ?? 0) + 1;
    this.#deaths.set(text, deaths);
    if (deaths >= MAX_DEATHS) this.#leaveOut(text);
    return error;
  }

  #failure(worker: WorkerProcess, message: string, fields: object = {}): QuintetError {
    const code = "QUINTET_WARMUP";
    this.#log.error({ worker: worker.pid, code, ...fields }, `warmup: ${message}`);
    return new QuintetError(code, message, {
      advice: "Fix that page, or set warmupFailure to warn.",
    });
  }

  /** Log an answer that is not 2xx. Only an application error counts as a failure. */
  #judge(
    worker: WorkerProcess,
    { text }: WarmupTarget,
    { host, requestId: request }: WarmupTask,
    { status, location, broken }: WarmupAnswer,
  ): QuintetError | null {
    if (broken) return this.#failure(worker, `GET ${text} broke off: ${broken}.`, { request });
    if (status >= 500)
      return this.#failure(worker, `GET ${text} was answered ${status}.`, { request });
    if (status < 300 || this.#options.behind || this.#warned.has(text)) return null;
    this.#warned.add(text);
    const redirect = location ? `it redirects to ${location}, which is not warmed up` : "";
    const url = "a URL asks for another, such as https://shop.example/";
    const hint = status === 400 ? `its host was ${host}; ${url}` : redirect;
    this.#log.warn(
      { worker: worker.pid, request },
      `warmup: GET ${text} was answered ${status}${hint && `; ${hint}`}`,
    );
    return null;
  }

  /** On a timeout, log where the worker hangs and kill it. Its successor skips the request. */
  #startTimer(worker: WorkerProcess): NodeJS.Timeout | undefined {
    const { limitMs } = this.#options;
    if (limitMs === 0) return undefined;
    const onTimeout = async (): Promise<void> => {
      const text = this.#running.get(worker);
      const detail = await worker.stacks();
      if (text === undefined || worker.life.state !== "warming") return;
      const message = `GET ${text} has not ended within ${limitMs / 1000} s; the worker is replaced.`;
      this.#hung.set(worker, this.#failure(worker, message, { detail: detail || undefined }));
      this.#leaveOut(text);
      worker.fail(message);
    };
    return setTimeout(() => void onTimeout(), limitMs).unref();
  }

  #leaveOut(text: string): void {
    if (this.#leftOut.has(text)) return;
    this.#leftOut.add(text);
    if (!this.stops) {
      this.#log.warn(`warmup: ${text} is skipped by new workers until the next reload`);
    }
  }
}
