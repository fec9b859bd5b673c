import { closeSync, openSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import { systemCode } from "./errors.ts";
import type { Log } from "./log.ts";

/** What could not be done without a descriptor. */
export type FailedAction = "accept a connection" | "open a file" | "start a process";

/** Milliseconds between two lines about it, and between two looks whether there is one left. */
const PAUSE = 1000;

/** How many descriptors this process may have; Infinity where the system does not tell. Node has raised it as far as it may. */
export const descriptorLimit: number = readLimit();

const listeners = new Set<(lack: FailedAction) => void>();

/** No descriptor was left. Whoever has met that does what it can; this is for the log. */
export function reportNoDescriptor(lack: FailedAction): void {
  for (const each of listeners) each(lack);
}

/** The same, if that is what an error says. */
export function reportIfNoDescriptor(error: unknown, lack: FailedAction): void {
  const code = systemCode(error);
  if (code === "EMFILE" || code === "ENFILE") reportNoDescriptor(lack);
}

/**
 * Have the log say that no descriptor is left, for each kind of lack at most once a second. When libuv drops a connection for want of one it tells nobody,
 * so once a second this tries whether there is one.
 *
 * @returns ends it
 */
export function watchDescriptors(log: Log): () => void {
  const toldAt = new Map<FailedAction, number>();
  const tell = (lack: FailedAction): void => {
    const now = performance.now();
    if (now - (toldAt.get(lack) ?? -Infinity) < PAUSE) return;
    toldAt.set(lack, now);
    const of = descriptorLimit === Infinity ? "" : ` of ${descriptorLimit}`;
    log.error(
      { code: "QUINTET_NO_DESCRIPTOR" },
      `no file descriptor${of} is left to ${lack}. Raise the limit: LimitNOFILE= in systemd, ulimit -n in a shell`,
    );
  };
  const look = setInterval(() => {
    try {
      closeSync(openSync(devNull, "r"));
    } catch (error) {
      reportIfNoDescriptor(error, "open a file");
    }
  }, PAUSE).unref();
  listeners.add(tell);
  return () => {
    clearInterval(look);
    listeners.delete(tell);
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
