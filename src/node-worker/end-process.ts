import type { Socket } from "node:net";

/** Milliseconds that a worker is given to come to Node's own end, where a timer, a server or a connection may keep it for ever. */
const TIME = 500;

/**
 * End as Node does when nothing is left to do: what is read and written just now is finished, handlers of `beforeExit` and
 * `exit` are called. Where something keeps Node from its end, they are called a little later.
 *
 * @param own the last socket of ours
 */
export function endProcess(own: Socket): void {
  own.unref();
  const late = setTimeout(() => {
    const calls = process.emit("beforeExit", 0);
    setTimeout(() => process.exit(), calls ? TIME : 0).unref();
  }, TIME);
  late.unref();
}
