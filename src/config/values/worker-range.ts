/** The minimum and maximum number of worker processes. */
export interface WorkerRange {
  min: number;
  max: number;
}

/** A number of worker processes, or a range. */
export type Workers = number | WorkerRange;

/** The maximum of the setting `workers`. */
export const MAX_WORKERS: number = 1024;

/** The forms of the setting `workers`, for errors. */
export const WORKERS_FORMS: string = `a whole number from 1 to ${MAX_WORKERS}, or a range of such numbers: 2-8, in a config file { min: 2, max: 8 }`;

/**
 * @param value `4`, `"4"`, `"2-8"` or `{ min: 2, max: 8 }`
 * @returns null for anything else
 */
export function parseWorkers(value: unknown): Workers | null {
  if (typeof value === "number") return isCount(value) ? value : null;
  if (typeof value === "string") {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(value);
    if (!match) return null;
    const [min, max] = [Number(match[1]), Number(match[2] ?? match[1])];
    return match[2] === undefined ? parseWorkers(min) : parseWorkers({ min, max });
  }
  if (typeof value !== "object" || value === null) return null;
  const { min, max, ...rest } = value as Record<string, unknown>;
  const good = isCount(min) && isCount(max) && min <= max && Object.keys(rest).length === 0;
  return good ? { min, max } : null;
}

/** A plain number is a range of one. */
export function rangeOf(workers: Workers): WorkerRange {
  return typeof workers === "number" ? { min: workers, max: workers } : workers;
}

/** The range in words: "1 worker", "2 to 8 workers". */
export function describeRange({ min, max }: WorkerRange): string {
  if (min !== max) return `${min} to ${max} workers`;
  return max === 1 ? "1 worker" : `${max} workers`;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_WORKERS;
}
