import { megabytes } from "../process/memory.ts";

/** How long a worker may live. 0 means no limit. */
export interface LifetimeLimits {
  /** Requests that it answers, plus up to `maxRequestsJitter` at random. */
  maxRequests: number;
  maxRequestsJitter: number;
  /** Bytes (RSS). Above `maxMemory` a worker is replaced between two requests, above `maxMemoryHard` it is killed. */
  maxMemory: number;
  maxMemoryHard: number;
  /** How long it serves. */
  maxAgeMs: number;
}

/** Each worker's age limit is shortened by a random part of maxAge, up to this fraction. */
const AGE_SPREAD = 0.1;

/** Whether any limit replaces workers in normal operation. */
export function recycles({ maxRequests, maxMemory, maxAgeMs }: LifetimeLimits): boolean {
  return maxRequests > 0 || maxMemory > 0 || maxAgeMs > 0;
}

/** Whether any limit has to be checked at intervals. */
export function needsChecks({ maxMemory, maxMemoryHard, maxAgeMs }: LifetimeLimits): boolean {
  return maxMemory > 0 || maxMemoryHard > 0 || maxAgeMs > 0;
}

export function limitsMemory({ maxMemory, maxMemoryHard }: LifetimeLimits): boolean {
  return maxMemory > 0 || maxMemoryHard > 0;
}

/** The state of a worker at one moment. */
export interface Reading {
  /** The time, from performance.now(). */
  now: number;
  /** Its memory in bytes; 0 if unknown. */
  bytes: number;
  /** It has requests. */
  busy: boolean;
  /** Requests that it has answered. */
  answered: number;
}

/** What to do with a worker that has reached a limit: `recycle` when its successor is ready, or `kill` now. */
export interface Verdict {
  action: "recycle" | "kill";
  why: string;
}

/** Checks one worker against the limits, once it serves. No I/O, no clock. */
export class Lifetime {
  /** Requests after which the worker is replaced. */
  readonly maxAnswers: number;
  readonly #limits: LifetimeLimits;
  readonly #servedAt: number;
  readonly #endsAt: number;
  /** The worker exceeded maxMemory before its first request. Its successor would too, so maxMemory is ignored. */
  readonly startedAboveMaxMemory: boolean;
  /** How many requests it had answered when it was first seen above maxMemory during a request; null if it never was. */
  #aboveSince: number | null = null;

  /**
   * @param now when it begins to serve, from performance.now()
   * @param bytes its memory then; 0 if unknown
   * @param random a number from 0 to 1
   */
  constructor(limits: LifetimeLimits, now: number, bytes: number, random: () => number) {
    const { maxRequests, maxRequestsJitter, maxMemory, maxAgeMs } = limits;
    this.#limits = limits;
    this.#servedAt = now;
    this.maxAnswers =
      maxRequests > 0
        ? maxRequests + Math.floor(random() * (maxRequestsJitter + 1))
        : Number.MAX_SAFE_INTEGER;
    this.#endsAt = maxAgeMs > 0 ? now + maxAgeMs * (1 - AGE_SPREAD * random()) : Infinity;
    this.startedAboveMaxMemory = maxMemory > 0 && bytes > maxMemory;
  }

  /** @returns null if no limit is reached */
  judge(reading: Reading): Verdict | null {
    const { now, bytes } = reading;
    const { maxMemoryHard } = this.#limits;
    if (maxMemoryHard > 0 && bytes > maxMemoryHard) {
      const limit = `maxMemoryHard (${megabytes(maxMemoryHard)})`;
      return { action: "kill", why: `uses ${megabytes(bytes)}, more than ${limit}` };
    }
    if (now > this.#endsAt) {
      const seconds = Math.round((now - this.#servedAt) / 1000);
      return { action: "recycle", why: `it is ${seconds} s old` };
    }
    if (this.#isLarge(reading)) {
      return { action: "recycle", why: `it uses ${megabytes(bytes)}` };
    }
    return null;
  }

  /** Memory that a running request uses does not count, unless it is still in use during the next request. */
  #isLarge({ bytes, busy, answered }: Reading): boolean {
    const { maxMemory } = this.#limits;
    if (maxMemory === 0 || this.startedAboveMaxMemory || bytes <= maxMemory) {
      this.#aboveSince = null;
      return false;
    }
    if (!busy || (this.#aboveSince !== null && answered > this.#aboveSince)) return true;
    this.#aboveSince ??= answered;
    return false;
  }
}
