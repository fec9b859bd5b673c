import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import type { Reloads } from "./reloads.ts";
import type { Server } from "./server.ts";

const STDOUT = 1;
/** Milliseconds in which SIGTERM again is still the same order: see python/quintet/parent/parent.py. */
const SAME_ORDER = 1000;

/**
 * What signals mean to a front that has no parent, as users of Gunicorn know them: TERM and INT let running requests
 * finish, a second one does not (TERM: after a second); QUIT stops at once; HUP reloads; USR1 opens the log anew; TTIN and
 * TTOU give a worker more or less; WINCH has the workers leave. To others their parent is told: python/quintet/parent/main.py.
 */
export function obeySignals(server: Server, reloads: Reloads): void {
  let toldToStop: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (signal === "SIGTERM" && toldToStop !== null && now - toldToStop < SAME_ORDER) return;
      if (toldToStop !== null) {
        server.log.warn(`${signal} again: stopping at once`);
        server.kill();
      }
      toldToStop ??= now;
      server.stop(signal);
    });
  }
  process.on("SIGQUIT", () => {
    server.log.warn("SIGQUIT: stopping at once");
    server.kill();
  });
  const onTerminal = isatty(STDOUT);
  process.on("SIGHUP", () => {
    // A terminal that is closed says so by the same signal.
    if (onTerminal && !isatty(STDOUT)) return server.stop("the terminal was closed");
    // What goes wrong is in the log.
    reloads.reload("SIGHUP").catch(() => {});
  });
  // A Node with --disable-sigusr1 never gets it: see log-moved.ts.
  process.on("SIGUSR1", () => server.reopenLog());
  process.on("SIGUSR2", () => server.log.warn("SIGUSR2: a front without a parent is not upgraded"));
  const scaleBy = (difference: number, why: string): void => {
    const wanted = server.status().pools[0]?.wanted ?? 1;
    try {
      server.scale(Math.max(1, wanted + difference), why);
    } catch (error) {
      server.log.warn(`${why}: nothing is done: ${(error as Error).message}`);
    }
  };
  process.on("SIGTTIN" as NodeJS.Signals, () => scaleBy(1, "SIGTTIN"));
  process.on("SIGTTOU" as NodeJS.Signals, () => scaleBy(-1, "SIGTTOU"));
  process.on("SIGWINCH", () => {
    // A terminal whose size is changed says so by the same signal, wherever our output goes.
    if (!inForeground()) server.scale(0, "SIGWINCH");
  });
}

/** Whether a terminal sends its own signals to this process. */
function inForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return isatty(STDOUT);
  }
}
