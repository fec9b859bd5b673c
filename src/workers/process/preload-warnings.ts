import type { Imported } from "../../wire/json-messages.ts";

/**
 * Describe what an import has left behind that forked workers must not share: threads, open files, connections.
 *
 * @returns null if there is nothing. Otherwise `off` is the log line for preload being turned off, and `kept` the one for
 *   workers being forked anyway
 */
export function describeSharedState({
  threads,
  open,
}: Imported): { off: string; kept: string } | null {
  if (threads.length === 0 && open.length === 0) return null;
  const names = [...new Set(threads)].join(", ");
  const things = open.join(", ");
  const started = `the application starts threads when it is imported (${names})`;
  if (open.length === 0) {
    return { off: `preload off: ${started}`, kept: `workers are forked although ${started}` };
  }
  const begin = threads.length > 0 ? `${started}, and leaves` : "the import leaves";
  return {
    off:
      `preload off: ${begin} open what forked workers would share: ${things}. ` +
      "So each worker imports the application itself. To keep preload, open it at first use or in post_fork; " +
      "if os.register_at_fork or post_fork opens it anew in each worker, set preload to true.",
    kept: `workers are forked although ${begin} open what they share: ${things}`,
  };
}

/**
 * Describe the functions that the import has registered with atexit. They run at the end of the generation, not of each
 * worker.
 *
 * @returns null if there are none
 */
export function describeExitFunctions({ once }: Imported): string | null {
  if (once.length === 0) return null;
  return (
    `registered with atexit at import: ${once.join(", ")}. With preload this runs once, after the last worker has ended; ` +
    "worker_exit in hooks runs in each worker."
  );
}
