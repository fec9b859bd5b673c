/**
 * The layout of the page that a worker shares with the front: words of 64 bits, little-endian. src/wire/page.ts says how it is used.
 *
 * A table, like src/wire/frames.ts: `npm run docs` makes the constants of python/quintet/wire/page.py from it.
 */

// Words

/** The worker: the request that it began last, noted before it runs. */
export const NOTED = 0;
/** The front: the first request that it recalls. */
export const RECALL_FROM = 1;
/** The front: the last request that it recalls. */
export const RECALL_TO = 2;
/** The front: the request that has timed out. */
export const TIMED_OUT = 3;
/**
 * The worker: how many requests run, including the work after their responses. A Node worker writes 0 or 1, and only while it
 * ends.
 */
export const RUNNING = 4;
/** The worker: the step of its exit that it has reached. */
export const LEAVING = 5;

// Values of LEAVING

/** In worker_exit. */
export const IN_HOOK = 1;
/** Waiting for threads that the application has started. */
export const JOINING = 2;
/** In atexit, or in Python's steps after it. */
export const AT_EXIT = 3;
/** In Node's exit, such as handlers of beforeExit and exit. */
export const NODE_EXITS = 4;

// Sizes

/** One word. */
export const WORD_BYTES = 8;
/** The whole page. */
export const PAGE_BYTES = 4096;
