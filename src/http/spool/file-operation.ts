import { QuintetError } from "../../shared/errors.ts";

/** How long an operation on a temporary file may take, including the time that it waits for a thread. */
const TIMEOUT_MS = 10_000;
/** Each operation occupies one of libuv's four threads. One is left for others, such as the log. */
const MAX_CONCURRENT = 3;

let running = 0;
/** The number of running operations that have timed out. */
let timedOut = 0;
/**
 * Functions that start the waiting operations. Each belongs to a body or a response, so there are no more than connections.
 */
const queue: (() => void)[] = [];

/**
 * Runs an operation on a temporary file. While an operation that timed out is still running, the file system is taken to be
 * down, so all others fail at once.
 *
 * @param discard called with a result that comes after the timeout
 * @throws {QuintetError} QUINTET_FILE_UNAVAILABLE
 * @throws a system error of the operation
 */
export function runFileOperation<T>(
  operation: () => Promise<T>,
  discard: (result: T) => void = () => {},
): Promise<T> {
  if (timedOut > 0) return Promise.reject(noAnswer());
  return new Promise((resolve, reject) => {
    let isRunning = false;
    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      if (isRunning) timedOut += 1;
      reject(noAnswer());
    }, TIMEOUT_MS);
    const finish = (): void => {
      clearTimeout(timer);
      running -= 1;
      if (isTimedOut) timedOut -= 1;
      queue.shift()?.();
    };
    const start = (): void => {
      if (isTimedOut) return void queue.shift()?.();
      isRunning = true;
      running += 1;
      operation().then(
        (result) => {
          finish();
          if (isTimedOut) discard(result);
          else resolve(result);
        },
        (error: unknown) => {
          finish();
          reject(error);
        },
      );
    };
    if (running < MAX_CONCURRENT) start();
    else queue.push(start);
  });
}

function noAnswer(): QuintetError {
  const message = "the file system of tempDir does not answer";
  return new QuintetError("QUINTET_FILE_UNAVAILABLE", message);
}
