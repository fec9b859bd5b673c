import { isatty } from "node:tty";
import type { Server } from "./server.ts";

const STDOUT = 1;

/**
 * What signals mean, as users of Gunicorn know them: TERM and INT let running requests finish, a second one does not; QUIT
 * stops at once; HUP reloads.
 */
export function obeySignals(server: Server): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => server.stop(signal));
  }
  process.on("SIGQUIT", () => server.kill());
  const onTerminal = isatty(STDOUT);
  process.on("SIGHUP", () => {
    // A terminal that is closed says so by the same signal.
    if (onTerminal && !isatty(STDOUT)) return server.stop("the terminal was closed");
    // What goes wrong is in the log.
    server.reload("SIGHUP").catch(() => {});
  });
  // Without this Node would open its debugger to whoever asks.
  process.on("SIGUSR1", () => {});
}
