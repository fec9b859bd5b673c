import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { type Request, type SignalRequest, SIGNALS } from "../../master/control-table.ts";

const STDOUT = 1;

/**
 * Watch the signals of a server without a master. A master watches them itself: python/quintet/master/control/requests.py.
 *
 * @param requested is called with the request of each signal that arrives, and the reason as the log names it
 */
export function watchSignals(requested: (request: Request, why: string) => void): void {
  const onTerminal = isatty(STDOUT);
  for (const [name, request] of Object.entries(SIGNALS)) {
    // A Node with --disable-sigusr1 never gets SIGUSR1: see log-file-watch.ts.
    process.on(name as NodeJS.Signals, () => {
      if (request.notInForeground && inForeground()) return;
      const closed = onTerminal && !isatty(STDOUT);
      if (closed && request.whenTerminalClosed)
        requested({ do: request.whenTerminalClosed }, "the terminal was closed");
      else requested(requestOf(request), name);
    });
  }
}

function requestOf({ do: operation, workers }: SignalRequest): Request {
  return workers === undefined ? { do: operation } : { do: operation, workers };
}

/** Whether this process is in the foreground of a terminal, which then sends its signals here. */
function inForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return isatty(STDOUT);
  }
}
