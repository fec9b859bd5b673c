import type { Settings } from "../../config/settings.ts";

/** Settings of the front itself, which a reload does not change. */
const FIXED = [
  "bind",
  "user",
  "group",
  "backlog",
  "keepAlive",
  "headerTimeout",
  "bodyTimeout",
  "bodyMinRate",
  "sendTimeout",
  "sendMinRate",
  "maxConnections",
  "maxConnectionsPerClient",
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

/** Those that the master uses as well. An upgrade does not replace the master. */
const MASTER_SETTINGS: Set<keyof Settings> = new Set([
  "bind",
  "user",
  "group",
  "logFormat",
  "control",
  "fronts",
]);

/** The settings read now, except the fixed ones: with what a front serves that replaces this one. */
export function keepFixed(before: Settings, now: Settings): Settings {
  const kept = Object.fromEntries(FIXED.map((name) => [name, before[name]]));
  return { ...now, ...kept };
}

/** A warning for each fixed setting to which a reload has read another value. */
export function changedFixed(before: Settings, now: Settings): string[] {
  const changed = FIXED.filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]),
  );
  return changed.map((name) => {
    const takes = MASTER_SETTINGS.has(name) ? "a restart" : "an upgrade or a restart";
    return `the setting ${name} has changed, which takes ${takes}`;
  });
}
