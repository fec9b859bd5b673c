import type { PoolStatus } from "./supervisor/pool.ts";

/** What a server does just now. */
export interface ServerStatus {
  pid: number;
  /** What is served, as it was named. */
  target: string;
  folder: string;
  /** Where it listens. */
  bind: string[];
  /** How often it has been loaded: 1 at the start, one more with each reload. */
  generation: number;
  state: "running" | "reloading" | "stopping";
  /** Seconds. */
  uptime: number;
  /** Connections of clients that are open. */
  connections: number;
  /** How many requests may wait. */
  backlog: number;
  /** The application's workers, and those of applications behind it. */
  pools: PoolStatus[];
  /** Workers of older generations that still finish something. */
  retiring: PoolStatus[];
}

/** The status as a person reads it on a terminal. */
export function statusText(status: ServerStatus): string {
  const { target, folder, bind, state, generation, uptime } = status;
  const lines = [
    `${status.pid} ${target} in ${folder}`,
    `  ${state}, generation ${generation}, up ${duration(uptime)}, ${bind.join(" and ")}, ${count(status.connections, "connection")}`,
  ];
  for (const pool of status.pools) lines.push(...poolLines(pool, status.backlog));
  for (const pool of status.retiring.filter(({ workers }) => workers.length > 0)) {
    lines.push("  before the reload:", ...workerLines(pool));
  }
  return lines.join("\n");
}

function poolLines(pool: PoolStatus, backlog: number): string[] {
  const ready = pool.workers.filter(({ state }) => state === "ready").length;
  const general = pool.lanes[0]?.waiting ?? 0;
  const threads = pool.threads > 1 ? ` of ${pool.threads} threads` : "";
  const head = `  ${ready} of ${count(pool.wanted, "worker")}${threads} ready, ${general} of at most ${backlog} requests wait`;
  const kept = pool.lanes.filter((lane) => lane.kept > 0);
  const lanes = kept.map(
    (lane) =>
      `    ${lane.pattern} has ${count(lane.kept, "worker")} kept, ${lane.waiting} of at most ${backlog} requests wait`,
  );
  return [head, ...lanes, ...workerLines(pool)];
}

function workerLines(pool: PoolStatus): string[] {
  return pool.workers.flatMap(({ pid, state, age, answered, running }) => [
    `    ${pid} ${state}, ${duration(age)} old, ${count(answered, "request")} answered`,
    ...running.map(({ request, what, seconds }) =>
      `      ${duration(seconds)} ${what} ${request}`.trimEnd(),
    ),
  ]);
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
