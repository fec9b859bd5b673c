import type { Settings } from "../settings/settings.ts";

/** Settings that are the front's own, and that a reload leaves as they are. */
const FIXED = [
  "bind",
  "backlog",
  "keepAlive",
  "headerTimeout",
  "bodyTimeout",
  "limitRequestLine",
  "limitRequestFields",
  "limitRequestFieldSize",
  "limitRequestBody",
  "bodyMemory",
  "spoolLimit",
  "responseSpool",
  "tempDir",
  "accessLog",
  "logFormat",
  "logFile",
  "control",
  "fronts",
] as const;

/** Those that a reload has read with another value. */
export function changedFixed(before: Settings, now: Settings): string[] {
  return FIXED.filter((name) => String(now[name]) !== String(before[name]));
}
