import { pluralize } from "../shared/pluralize.ts";
import { fileLines } from "../http/static/static-status.ts";
import type { PoolStatus, WorkerStatus } from "../workers/pool-status.ts";
import { megabytes } from "../workers/process/memory.ts";
import type { FrontStatus, ServerStatus } from "./status.ts";

/** The status as text for a terminal. */
export function statusText(status: ServerStatus): string {
  const { pid, target, folder, bind, state, uptime, fronts } = status;
  const lines = [
    `${pid} ${target} in ${folder}`,
    `  ${state}, up ${duration(uptime)}, ${bind.join(" and ")}`,
  ];
  for (const front of fronts) lines.push(...frontLines(front));
  return lines.join("\n");
}

function frontLines(front: FrontStatus): string[] {
  const head = `  front ${front.pid} ${front.state}`;
  if (front.uptime === undefined) return [head];
  const { version, generation, uptime, connections, maxConnections, refused } = front;
  // A front of an older version does not send these.
  const limit = maxConnections ? ` of at most ${maxConnections}` : "";
  const refusals = refused ? `, ${refused} refused` : "";
  const lines = [
    `${head}, version ${version}, generation ${generation}, up ${duration(uptime)}, ${pluralize(connections, "connection")}${limit}${refusals}`,
  ];
  for (const pool of front.pools) lines.push(...poolLines(pool, front.backlog));
  for (const pool of front.retiring.filter(({ workers }) => workers.length > 0)) {
    lines.push("    before the reload:", ...workerLines(pool));
  }
  // A front of an older version does not send them.
  for (const line of fileLines(front.files ?? [])) lines.push(`    ${line}`);
  return lines;
}

function poolLines(pool: PoolStatus, backlog: number): string[] {
  const ready = pool.workers.filter(({ state }) => state === "ready").length;
  const general = pool.lanes[0]?.waiting ?? 0;
  const threads = pool.threads > 1 ? ` of ${pool.threads} threads` : "";
  const range = pool.min < pool.max ? ` (${pool.min} to ${pool.max})` : "";
  const wanted = `${pluralize(pool.wanted, "worker")}${range}${threads}`;
  const head = `    ${ready} of ${wanted} ready, ${general} of at most ${backlog} requests wait`;
  const reserved = pool.lanes
    .filter(({ kept }) => kept > 0)
    .map(
      ({ pattern, kept, waiting }) =>
        `      ${pattern} has ${pluralize(kept, "worker")} reserved, ${waiting} of at most ${backlog} requests wait`,
    );
  return [head, ...reserved, ...workerLines(pool)];
}

function workerLines(pool: PoolStatus): string[] {
  return pool.workers.flatMap((worker) => [
    `      ${worker.pid} ${workerText(worker)}`,
    ...worker.running.map(({ request, what, seconds }) =>
      `        ${duration(seconds)} ${what} ${request}`.trimEnd(),
    ),
  ]);
}

function workerText({ state, age, answered, memory, recycled }: WorkerStatus): string {
  const facts = [
    state === "warming" ? "warming up" : state,
    `${duration(age)} old`,
    `${pluralize(answered, "request")} answered`,
  ];
  if (memory !== null) facts.push(megabytes(memory));
  if (recycled !== null) facts.push(`replaced: ${recycled}`);
  return facts.join(", ");
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
