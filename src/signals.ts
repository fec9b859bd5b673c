import type { Server } from "./server.ts";

/**
 * What signals mean, as users of Gunicorn know them: TERM and INT let running requests finish, a second one does not; QUIT
 * stops at once; HUP reloads; USR1 opens the log anew.
 */
export function obeySignals(server: Server): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => server.stop(signal));
  }
  process.on("SIGQUIT", () => server.kill());
  // What goes wrong is in the log.
  process.on("SIGHUP", () => void server.reload("SIGHUP").catch(() => {}));
  // Without this Node would open its debugger to whoever asks.
  process.on("SIGUSR1", () => {});
}
