import { QuintetError } from "../shared/errors.ts";

/** Milliseconds that an operation on a temporary file may take, its wait included. */
const LATE = 10_000;
/** Operations at once: each holds one of libuv's four threads, and one is left to what else needs one, such as the log. */
const AT_ONCE = 3;

let running = 0;
/** Those of them that nobody waits for any more. */
let late = 0;
/** Each belongs to a body or a response that waits. */
const waiting: (() => void)[] = [];

/**
 * Run an operation on a temporary file, unless one has been running for too long already: their folder does not answer then.
 *
 * @param unwanted gets what comes too late
 * @throws {QuintetError} QUINTET_FILE_UNAVAILABLE
 */
export function inTime<T>(
  operate: () => Promise<T>,
  unwanted: (result: T) => void = () => {},
): Promise<T> {
  if (late > 0) return Promise.reject(noAnswer());
  return new Promise((resolve, reject) => {
    let isRunning = false;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      if (isRunning) late += 1;
      reject(noAnswer());
    }, LATE);
    const over = (): void => {
      clearTimeout(timer);
      running -= 1;
      if (isLate) late -= 1;
      waiting.shift()?.();
    };
    const start = (): void => {
      if (isLate) return void waiting.shift()?.();
      isRunning = true;
      running += 1;
      operate().then(
        (result) => {
          over();
          if (isLate) unwanted(result);
          else resolve(result);
        },
        (error: unknown) => {
          over();
          reject(error);
        },
      );
    };
    if (running < AT_ONCE) start();
    else waiting.push(start);
  });
}

function noAnswer(): QuintetError {
  const message = "the file system of tempDir does not answer";
  return new QuintetError("QUINTET_FILE_UNAVAILABLE", message);
}
