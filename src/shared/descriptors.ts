import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import { systemCode } from "./errors.ts";
import type { Log } from "./log.ts";

/** What failed because no file descriptor was left. */
export type FailedAction = "accept a connection" | "open a file" | "start a process";

/** Minimum time between two log lines, and the interval at which to check whether a descriptor is left. */
const REPORT_INTERVAL_MS = 1000;

/**
 * How many descriptors this process may open; Infinity if the system does not report it. Node has raised its limit to the
 * maximum.
 */
export const descriptorLimit: number = readLimit();

const listeners = new Set<(action: FailedAction) => void>();

/** Report that an action failed because no descriptor was left. */
export function reportNoDescriptor(action: FailedAction): void {
  for (const each of listeners) each(action);
}

/** Report it if that is the cause of an error. */
export function reportIfNoDescriptor(error: unknown, action: FailedAction): void {
  const code = systemCode(error);
  if (code === "EMFILE" || code === "ENFILE") reportNoDescriptor(action);
}

/**
 * Log when no descriptor is left, at most once per REPORT_INTERVAL_MS for each action. libuv silently drops a connection if
 * there is no descriptor for it, so a timer also tries to open a file.
 *
 * @returns a function that stops it
 */
export function watchDescriptors(log: Log): () => void {
  const reportedAt = new Map<FailedAction, number>();
  const report = (action: FailedAction): void => {
    const now = performance.now();
    if (now - (reportedAt.get(action) ?? -Infinity) < REPORT_INTERVAL_MS) return;
    reportedAt.set(action, now);
    const of = descriptorLimit === Infinity ? "" : ` of ${descriptorLimit}`;
    log.error(
      { code: "QUINTET_NO_DESCRIPTOR" },
      `no file descriptor${of} is left to ${action}. Raise the limit: LimitNOFILE= in systemd, ulimit -n in a shell`,
    );
  };
  const check = setInterval(() => {
    try {
      closeSync(openSync(devNull, "r"));
    } catch (error) {
      reportIfNoDescriptor(error, "open a file");
    }
  }, REPORT_INTERVAL_MS).unref();
  listeners.add(report);
  return () => {
    clearInterval(check);
    listeners.delete(report);
  };
}

function readLimit(): number {
  try {
    const text = readFileSync("/proc/self/limits", "utf8");
    return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
