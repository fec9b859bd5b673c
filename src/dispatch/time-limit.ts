import { type ByPath, PathValues } from "../by-path.ts";
import type { Task } from "./task.ts";

/** How long a request may take, which its path may decide. Looked up for those that take long, once for each. */
export class TimeLimit {
  readonly #values: PathValues<number>;
  /** Milliseconds for what is known to belong to no request; 0 for no limit. */
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

/** SCRIPT_NAME and PATH_INFO of an encoded environ. */
function pathOf(environ: string): string {
  const parts = environ.split("\0");
  let scriptName = "";
  let pathInfo = "";
  for (let index = 0; index + 1 < parts.length; index += 2) {
    if (parts[index] === "SCRIPT_NAME") scriptName = parts[index + 1] as string;
    else if (parts[index] === "PATH_INFO") pathInfo = parts[index + 1] as string;
  }
  return scriptName + pathInfo;
}
