import type { Settings } from "../config/settings.ts";

/** Settings that are the front's own, and that a reload leaves as they are. */
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

/** Those of them that are the parent's as well, which an upgrade leaves as it is. */
const OF_THE_PARENT: Set<keyof Settings> = new Set([
  "bind",
  "user",
  "group",
  "logFormat",
  "control",
  "fronts",
]);

/** What has been read, but with those as they were: what whoever takes a front's place serves with. */
export function keepFixed(before: Settings, now: Settings): Settings {
  const kept = Object.fromEntries(FIXED.map((name) => [name, before[name]]));
  return { ...now, ...kept };
}

/** What is said of those that a reload has read with another value. */
export function changedFixed(before: Settings, now: Settings): string[] {
  const changed = FIXED.filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]),
  );
  return changed.map((name) => {
    const takes = OF_THE_PARENT.has(name) ? "a restart" : "an upgrade or a restart";
    return `the setting ${name} has changed, which takes ${takes}`;
  });
}
