import { QuintetError } from "../shared/errors.ts";
import type { LogLevel } from "../shared/log-style.ts";
import type { Log } from "../shared/log.ts";

const isLevel = (level: string): level is LogLevel =>
  level === "error" || level === "warn" || level === "debug";

/** What a worker, or a zygote, tells: one line of its own, the rest as detail. */
export function logLine(
  log: Log,
  fields: { worker: number; request?: string | undefined },
  level: string,
  text: string,
): void {
  const [first = "", ...rest] = text.split("\n");
  const detail = rest.length > 0 ? { detail: text } : {};
  const write = isLevel(level) ? level : "info";
  // Python tells what went wrong last, JavaScript first. What an application prints comes line by line, and is said as it is.
  const last = first.startsWith("Traceback ") ? rest.findLast((line) => line !== "") : undefined;
  log[write]({ ...fields, ...detail }, last ?? first);
}

/** A process has sent what the protocol does not allow. What is no such error is a mistake of ours: its stack is wanted. */
export function logBroken(log: Log, pid: number, who: string, error: Error): void {
  const fields = error instanceof QuintetError ? { code: error.code } : { err: error };
  log.error({ ...fields, worker: pid }, `${who} broke the protocol, killed: ${error.message}`);
}
