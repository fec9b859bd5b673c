import type { Socket } from "node:net";

/** How long a worker may take to end by itself. A timer, a server or a connection of the application may keep it running. */
const EXIT_TIMEOUT_MS = 500;

/**
 * End this process the way Node ends when nothing is left to do: reads and writes in progress finish, and the handlers of
 * `beforeExit` and `exit` run. If something keeps Node running, the handlers run after EXIT_TIMEOUT_MS.
 *
 * @param own the last socket that this package holds open
 */
export function endProcess(own: Socket): void {
  own.unref();
  const late = setTimeout(() => {
    const calls = process.emit("beforeExit", 0);
    setTimeout(() => process.exit(), calls ? EXIT_TIMEOUT_MS : 0).unref();
  }, EXIT_TIMEOUT_MS);
  late.unref();
}
