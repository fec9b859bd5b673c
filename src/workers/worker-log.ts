import { QuintetError } from "../shared/errors.ts";
import type { LogLevel } from "../shared/log-style.ts";
import type { Log } from "../shared/log.ts";

const isLevel = (level: string): level is LogLevel =>
  level === "error" || level === "warn" || level === "debug";

/**
 * Log a record of a worker or a zygote. Its first line becomes the message, all of it the detail.
 *
 * @param level as the process sent it; an unknown one counts as info
 */
export function logLine(
  log: Log,
  fields: { worker: number; request?: string | undefined },
  level: string,
  text: string,
): void {
  const [first = "", ...rest] = text.split("\n");
  const detail = rest.length > 0 ? { detail: text } : {};
  const write = isLevel(level) ? level : "info";
  // A traceback of Python has the error in its last line, a stack of JavaScript in its first.
  const last = first.startsWith("Traceback ") ? rest.findLast((line) => line !== "") : undefined;
  log[write]({ ...fields, ...detail }, last ?? first);
}

/**
 * Log that a process has broken the protocol.
 *
 * @param who "worker"
 * @param error if it is not a QuintetError, our reader has a bug, so its stack is logged
 */
export function logBroken(log: Log, pid: number, who: string, error: Error): void {
  const fields = error instanceof QuintetError ? { code: error.code } : { err: error };
  log.error({ ...fields, worker: pid }, `${who} broke the protocol, killed: ${error.message}`);
}
