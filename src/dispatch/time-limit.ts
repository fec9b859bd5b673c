import { type ByPath, PathValues } from "../shared/by-path.ts";
import { pathOf } from "./request-path.ts";
import type { Task } from "./task.ts";

/** The time limit of a request, which may depend on its path. It is looked up only for slow requests, once each. */
export class TimeLimit {
  readonly #values: PathValues<number>;
  /** The limit in milliseconds if no pattern matches; 0 for no limit. */
  readonly otherwise: number;

  /**
   * @param given seconds
   * @param otherwise seconds if no pattern matches
   */
  constructor(given: ByPath<number>, otherwise: number) {
    this.#values = new PathValues(given, otherwise);
    this.otherwise = this.#values.of("") * 1000;
  }

  /** Milliseconds; 0 for no limit. */
  of(task: Task): number {
    task.timeout ??= this.#values.of(pathOf(task.environ)) * 1000;
    return task.timeout;
  }
}
