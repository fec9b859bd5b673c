import { type ByPath, PathValues } from "../shared/by-path.ts";
import { pathOf } from "./request-path.ts";
import type { Task } from "./task.ts";

/** How long a request may take, which may depend on its path. Only slow requests are looked up, once each. */
export class TimeLimit {
  readonly #values: PathValues<number>;
  /** Milliseconds for what belongs to no particular request; 0 for no limit. */
  readonly otherwise: number;

  /**
   * @param given seconds
   * @param otherwise seconds where no pattern fits
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
