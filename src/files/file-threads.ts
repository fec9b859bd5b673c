import type { JobName, JobReply, Jobs } from "./jobs.ts";
import { FileThread, type Job } from "./file-thread.ts";
import { Place } from "./place.ts";

const MAX_THREADS = 12;
/** The most jobs that a thread gets at once. */
const MAX_BATCH_JOBS = 32;
/** How often the threads are checked. A job that a thread has at two checks in a row counts as slow. */
const CHECK_INTERVAL_MS = 50;
/** How long jobs may wait before another thread is started for them. A thread takes 10 MB. */
const MAX_WAIT_MS = 250;
/** How long a place or a thread counts as slow. */
const SLOW_MS = 500;
/** The most jobs that may wait at one place. */
const MAX_WAITING_PER_PLACE = 10_000;
/** How long a thread without jobs is kept, unless it is the last one. */
const THREAD_IDLE_MS = 60_000;

/** The places where jobs wait or run. The one whose turn is next comes first. */
const places = new Map<string, Place>();
const threads = new Set<FileThread>();
let lastId = 0;
let isGiveScheduled = false;
let isCheckScheduled = false;

/**
 * Has a thread do a job.
 *
 * @param place the name of the place, such as a folder: a place that hangs does not block the others
 * @throws a system error
 * @throws {QuintetError} QUINTET_FILE_UNAVAILABLE if it takes too long
 */
export function runFileJob<Name extends JobName>(
  place: string,
  name: Name,
  question: Jobs[Name][0],
): Promise<Jobs[Name][1]> {
  return new Promise((resolve, reject) => {
    const at = placeOf(place);
    if (at.hangs || at.waiting.length >= MAX_WAITING_PER_PLACE) return reject(at.noAnswer());
    queue(at, {
      ...newJob(name, question),
      done({ answer, error }) {
        if (error === undefined) resolve(answer as Jobs[Name][1]);
        else reject(Object.assign(new Error(error.message), { code: error.code }));
      },
      giveUp: reject,
    });
  });
}

/** Closes a file that was only read. Neither errors nor the duration matter. */
export function closeFile(place: string, descriptor: number): void {
  queue(placeOf(place), { ...newJob("close", descriptor), done: () => {}, giveUp: null });
}

function newJob(name: JobName, question: Job["question"]): Omit<Job, "done" | "giveUp"> {
  lastId = (lastId + 1) % 2 ** 31;
  return { id: lastId, name, question, since: performance.now(), isLate: false };
}

function placeOf(name: string): Place {
  let place = places.get(name);
  if (place === undefined) {
    place = new Place(name);
    places.set(name, place);
  }
  return place;
}

function queue(place: Place, job: Job): void {
  place.waiting.push(job);
  // All jobs of this turn of the event loop go into one message.
  if (!isGiveScheduled) setImmediate(giveJobs);
  isGiveScheduled = true;
  if (!isCheckScheduled) scheduleCheck();
}

/** Gives the waiting jobs to idle threads. The places take turns. */
function giveJobs(): void {
  isGiveScheduled = false;
  const waiting = [...places.values()].filter((each) => each.waiting.length > 0 && each.isFree);
  if (waiting.length > 0 && threads.size === 0) startThread();
  const slowSince = performance.now() - SLOW_MS;
  const idle = [...threads].filter(({ jobs }) => jobs.size === 0);
  for (const [index, thread] of idle.entries()) {
    const place = waiting.shift();
    if (place === undefined) return;
    // One message for all jobs is cheapest, but at a slow place they would wait for each other.
    const share =
      place.slowAt > slowSince
        ? Math.ceil(place.waiting.length / (idle.length - index))
        : MAX_BATCH_JOBS;
    thread.give(place.name, place.waiting.splice(0, Math.min(share, MAX_BATCH_JOBS)));
    if (place.waiting.length > 0) waiting.push(place);
    // Its next turn comes after those of the others.
    places.delete(place.name);
    places.set(place.name, place);
  }
}

function startThread(): void {
  exitDespiteHangingThreads();
  threads.add(new FileThread(onReply, onExit));
}

let isExitPrepared = false;

/**
 * On exit Node waits for its threads, so a hanging one would keep the process alive. Instead, the process executes a program
 * that exits.
 */
function exitDespiteHangingThreads(): void {
  if (isExitPrepared) return;
  isExitPrepared = true;
  process.on("exit", (status) => {
    if ([...threads].every(({ jobs }) => jobs.size === 0)) return;
    process.execve?.("/bin/sh", ["sh", "-c", `exit ${status}`]);
  });
}

function onReply(thread: FileThread, job: Job, reply: JobReply): void {
  const place = placeOf(thread.place);
  place.slowJobs.delete(job);
  if (reply.recalled) {
    place.waiting.unshift(job);
    thread.slowAt = place.slowAt = performance.now();
  } else if (!job.isLate) job.done(reply);
  else closeLate(place, reply);
  if (thread.jobs.size === 0) giveJobs();
}

/** Closes what a late job has opened. */
function closeLate(place: Place, { answer }: JobReply): void {
  if (typeof answer === "number") closeFile(place.name, answer);
  else if (answer && "rest" in answer && answer.rest) {
    closeFile(place.name, answer.rest.descriptor);
  }
}

function onExit(thread: FileThread, error: Error): void {
  threads.delete(thread);
  const place = placeOf(thread.place);
  for (const job of thread.jobs.values()) {
    place.slowJobs.delete(job);
    job.giveUp?.(error);
  }
  giveJobs();
}

/** Checks threads and places regularly while there are jobs. */
function scheduleCheck(): void {
  isCheckScheduled = true;
  setTimeout(() => {
    isCheckScheduled = false;
    for (const thread of threads) {
      const place = placeOf(thread.place);
      place.waiting.unshift(...thread.recallBehindSlow());
      if (thread.slowJob !== null) place.slowJobs.add(thread.slowJob);
    }
    const now = performance.now();
    for (const place of places.values()) place.giveUpLate(now);
    endIdleThreads(now);
    forgetIdlePlaces();
    if (threads.size < MAX_THREADS && needsThread(now)) startThread();
    giveJobs();
    if (threads.size > 1 || places.size > 0) scheduleCheck();
  }, CHECK_INTERVAL_MS).unref();
}

/** Whether jobs wait, and all threads have slow jobs or are too slow for those that wait. */
function needsThread(now: number): boolean {
  let since = Infinity;
  for (const { waiting, isFree } of places.values()) {
    if (isFree && waiting[0] !== undefined) since = Math.min(since, waiting[0].since);
  }
  if (since === Infinity) return false;
  const keepsUp = ({ slowJob, slowAt }: FileThread): boolean =>
    slowJob === null && (now - since < MAX_WAIT_MS || now - slowAt > SLOW_MS);
  return ![...threads].some(keepsUp);
}

function endIdleThreads(now: number): void {
  for (const thread of threads) {
    if (threads.size === 1) return;
    if (thread.jobs.size > 0 || now - thread.idleSince < THREAD_IDLE_MS) continue;
    threads.delete(thread);
    thread.end();
  }
}

function forgetIdlePlaces(): void {
  const busy = new Set<string>();
  for (const thread of threads) if (thread.jobs.size > 0) busy.add(thread.place);
  for (const { name, waiting } of places.values()) {
    if (waiting.length === 0 && !busy.has(name)) places.delete(name);
  }
}
