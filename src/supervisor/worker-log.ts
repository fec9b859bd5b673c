import type { Log } from "../log.ts";

/** What a worker, or a zygote, tells: one line of its own, the rest as detail. */
export function logLine(
  log: Log,
  fields: { worker: number; request?: string | undefined },
  level: string,
  text: string,
): void {
  const [first = "", ...rest] = text.split("\n");
  const detail = rest.length > 0 ? { detail: text } : {};
  const write = level === "error" || level === "debug" ? level : "info";
  // Python tells what went wrong last, JavaScript first.
  const summary = first.startsWith("Traceback ") ? (rest.at(-1) as string) : first;
  log[write]({ ...fields, ...detail }, summary);
}
