import { QuintetError } from "../shared/errors.ts";
import type { Answered, JobName, Jobs } from "./jobs.ts";
import { type Job, Thread } from "./threads.ts";

/** Threads at most, and those of them that may be held at one place by what takes long. */
const THREADS = 12;
const HELD = 3;
/** Jobs that a thread is given at once. */
const BATCH = 32;
/** Milliseconds between two looks at the threads: a job that one is at in both takes long. */
const LOOK = 50;
/** Milliseconds that jobs may wait before another thread is started for them; each takes 10 MB. */
const BUSY = 250;
/** Milliseconds for which a place or a thread counts as slow. */
const SLOW = 500;
/** Milliseconds that a job may take, its wait included. A disk that was asleep takes less. */
const LATE = 10_000;
/** Jobs that may wait at one place. */
const WAITING = 10_000;
/** Milliseconds that a thread is kept when it has nothing to do, unless it is the last. */
const IDLE = 60_000;

/** A folder that is served, or a file system. What hangs there stops nothing elsewhere. */
class Place {
  readonly name: string;
  waiting: Job[] = [];
  /** Those that take long, each in a thread of its own. */
  readonly long: Set<Job> = new Set();
  /** When a thread has last given back what it had no time for. */
  slowAt: number = -Infinity;

  constructor(name: string) {
    this.name = name;
  }

  get isFree(): boolean {
    return this.long.size < HELD;
  }

  /** All that may run there is late: what waits behind it would be, too. */
  get hangs(): boolean {
    const before = performance.now() - LATE;
    for (const { since } of this.long) if (since > before) return false;
    return !this.isFree;
  }

  noAnswer(): QuintetError {
    const message = `the file system of ${this.name} does not answer`;
    return new QuintetError("QUINTET_FILE_UNAVAILABLE", message);
  }
}

/** Those where something waits or runs. */
const places = new Map<string, Place>();
const threads = new Set<Thread>();
let lastId = 0;
let giving = false;
let looking = false;

/**
 * Have a thread do something.
 *
 * @param at the place
 * @throws a system error
 * @throws {QuintetError} QUINTET_FILE_UNAVAILABLE if it takes too long
 */
export function inThread<Name extends JobName>(
  at: string,
  name: Name,
  question: Jobs[Name][0],
): Promise<Jobs[Name][1]> {
  return new Promise((resolve, reject) => {
    const place = placeOf(at);
    if (place.hangs || place.waiting.length >= WAITING) return reject(place.noAnswer());
    put(place, {
      ...newJob(name, question),
      done({ answer, error }) {
        if (error === undefined) resolve(answer as Jobs[Name][1]);
        else reject(Object.assign(new Error(error.message), { code: error.code }));
      },
      giveUp: reject,
    });
  });
}

/** Whatever the file system says, and however late that is: for what was only read. */
export function closeInThread(at: string, descriptor: number): void {
  put(placeOf(at), { ...newJob("close", descriptor), done: () => {}, giveUp: null });
}

function newJob(name: JobName, question: Job["question"]): Omit<Job, "done" | "giveUp"> {
  lastId = (lastId + 1) % 2 ** 31;
  return { id: lastId, name, question, since: performance.now(), late: false };
}

function placeOf(name: string): Place {
  let place = places.get(name);
  if (place === undefined) {
    place = new Place(name);
    places.set(name, place);
  }
  return place;
}

function put(place: Place, job: Job): void {
  place.waiting.push(job);
  // What else comes in this turn is given with it.
  if (!giving) setImmediate(give);
  giving = true;
  if (!looking) look();
}

/** Threads that have nothing to do are given what waits; each place has its turn. */
function give(): void {
  giving = false;
  const waiting = [...places.values()].filter((each) => each.waiting.length > 0 && each.isFree);
  if (waiting.length > 0 && threads.size === 0) newThread();
  const slow = performance.now() - SLOW;
  const idle = [...threads].filter(({ jobs }) => jobs.size === 0);
  for (const [index, thread] of idle.entries()) {
    const place = waiting.shift();
    if (place === undefined) return;
    // One message for all is cheapest, unless they would wait for each other.
    const share =
      place.slowAt > slow ? Math.ceil(place.waiting.length / (idle.length - index)) : BATCH;
    thread.give(place.name, place.waiting.splice(0, Math.min(share, BATCH)));
    if (place.waiting.length > 0) waiting.push(place);
    // It is behind the others now.
    places.delete(place.name);
    places.set(place.name, place);
  }
}

function newThread(): void {
  if (threads.size === 0) endAnyway();
  threads.add(new Thread(answered, ended));
}

let isPrepared = false;

/** Node waits for its threads when it ends, and would for one that hangs: then this process becomes another, which ends. */
function endAnyway(): void {
  if (isPrepared) return;
  isPrepared = true;
  process.on("exit", (status) => {
    if ([...threads].every(({ jobs }) => jobs.size === 0)) return;
    process.execve?.("/bin/sh", ["sh", "-c", `exit ${status}`]);
  });
}

function answered(thread: Thread, job: Job, said: Answered): void {
  const place = placeOf(thread.place);
  place.long.delete(job);
  if (said.recalled) {
    place.waiting.unshift(job);
    thread.slowAt = place.slowAt = performance.now();
  } else if (!job.late) job.done(said);
  else discard(place, said);
  if (thread.jobs.size === 0) give();
}

/** Nobody wants what is open now. */
function discard(place: Place, { answer }: Answered): void {
  if (typeof answer === "number") closeInThread(place.name, answer);
  else if (answer && "rest" in answer && answer.rest) {
    closeInThread(place.name, answer.rest.descriptor);
  }
}

function ended(thread: Thread, error: Error): void {
  threads.delete(thread);
  const place = placeOf(thread.place);
  for (const job of thread.jobs.values()) {
    place.long.delete(job);
    job.giveUp?.(error);
  }
  give();
}

/** Every now and then, for as long as there is something to do. */
function look(): void {
  looking = true;
  setTimeout(() => {
    looking = false;
    for (const thread of threads) {
      const place = placeOf(thread.place);
      place.waiting.unshift(...thread.look());
      if (thread.long !== null) place.long.add(thread.long);
    }
    const now = performance.now();
    for (const place of places.values()) giveUpLate(place, now - LATE);
    endIdle(now);
    forget();
    if (threads.size < THREADS && wantsThread(now)) newThread();
    give();
    if (threads.size > 1 || places.size > 0) look();
  }, LOOK).unref();
}

function giveUpLate(place: Place, before: number): void {
  const isLate = (job: Job): boolean => job.since < before && !job.late && job.giveUp !== null;
  const late = place.waiting.filter(isLate);
  if (late.length > 0) place.waiting = place.waiting.filter((job) => !isLate(job));
  for (const job of [...late, ...place.long].filter(isLate)) {
    job.late = true;
    job.giveUp?.(place.noAnswer());
  }
}

/** Something waits, and all threads are held by what takes long, or are too slow for it. */
function wantsThread(now: number): boolean {
  let since = Infinity;
  for (const { waiting, isFree } of places.values()) {
    if (isFree && waiting[0] !== undefined) since = Math.min(since, waiting[0].since);
  }
  if (since === Infinity) return false;
  const keepsUp = ({ long, slowAt }: Thread): boolean =>
    long === null && (now - since < BUSY || now - slowAt > SLOW);
  return ![...threads].some(keepsUp);
}

function endIdle(now: number): void {
  for (const thread of threads) {
    if (threads.size === 1) return;
    if (thread.jobs.size > 0 || now - thread.idleSince < IDLE) continue;
    threads.delete(thread);
    thread.end();
  }
}

/** Places where there is nothing to do. */
function forget(): void {
  const busy = new Set<string>();
  for (const thread of threads) if (thread.jobs.size > 0) busy.add(thread.place);
  for (const { name, waiting } of places.values()) {
    if (waiting.length === 0 && !busy.has(name)) places.delete(name);
  }
}
