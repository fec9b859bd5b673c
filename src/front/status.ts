import { pluralize } from "../shared/pluralize.ts";
import {
  checkShape,
  type Fits,
  hasFields,
  isListOf,
  isNumber,
  isText,
  orMissing,
  orNull,
} from "../shared/message-shape.ts";
import { fileLines, type FilesStatus } from "../http/static/static-status.ts";
import type { PoolStatus } from "../workers/pool-status.ts";
import { megabytes } from "../workers/process/memory.ts";
import type { WorkerStatus } from "../workers/pool-status.ts";

/** What a server does just now. */
export interface ServerStatus {
  /** Where signals go: that of the parent, or of the front if it has none. */
  pid: number;
  /** What is served, as it was named. */
  target: string;
  folder: string;
  /** Where it listens. */
  bind: string[];
  state: "starting" | "running" | "reloading" | "upgrading" | "stopping";
  /** Seconds. */
  uptime: number;
  /** Those that serve, those that an upgrade starts, and those that only finish what they have begun. */
  fronts: FrontStatus[];
}

/** What a front does just now. One that does not answer is `silent`, and has no more than its pid, version and state. */
export interface FrontStatus {
  pid: number;
  version: string;
  target: string;
  folder: string;
  bind: string[];
  /** How often what is served has been loaded: 1 at the start, one more with each reload and each upgrade. */
  generation: number;
  state: "booting" | "dead" | "running" | "reloading" | "draining" | "stopping" | "silent";
  /** Seconds. */
  uptime: number;
  /** Connections of clients that are open. */
  connections: number;
  /** How many may be open at once; null for no limit. */
  maxConnections: number | null;
  /** Connections that have been refused, for there were too many. */
  refused: number;
  /** How many requests may wait. */
  backlog: number;
  /** The application's workers, and those of applications behind it. */
  pools: PoolStatus[];
  /** Workers of older generations that still finish something. */
  retiring: PoolStatus[];
  /** What it serves itself, and what of that is left to the application. */
  files: FilesStatus[];
}

/** The status as a person reads it on a terminal. */
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
  // One of an older version does not know.
  const most = maxConnections ? ` of at most ${maxConnections}` : "";
  const turned = refused ? `, ${refused} refused` : "";
  const lines = [
    `${head}, version ${version}, generation ${generation}, up ${duration(uptime)}, ${pluralize(connections, "connection")}${most}${turned}`,
  ];
  for (const pool of front.pools) lines.push(...poolLines(pool, front.backlog));
  for (const pool of front.retiring.filter(({ workers }) => workers.length > 0)) {
    lines.push("    before the reload:", ...workerLines(pool));
  }
  // One of an older version does not say.
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

const isRequest = hasFields({ request: isText, what: isText, seconds: isNumber });
const isQueue = hasFields({ pattern: isText, kept: isNumber, waiting: isNumber });
const isWorker = hasFields({
  pid: isNumber,
  state: isText,
  age: isNumber,
  answered: isNumber,
  memory: orNull(isNumber),
  recycled: orNull(isText),
  running: isListOf(isRequest),
});
const isPool = hasFields({
  wanted: isNumber,
  min: isNumber,
  max: isNumber,
  threads: isNumber,
  lanes: isListOf(isQueue),
  workers: isListOf(isWorker),
});
const isFiles = hasFields({
  url: isText,
  from: isListOf(isText),
  left: isListOf(hasFields({ url: isText, why: isText })),
});
const isFront = hasFields({
  pid: isNumber,
  version: isText,
  state: isText,
  uptime: orMissing(isNumber),
  generation: orMissing(isNumber),
  connections: orMissing(isNumber),
  backlog: orMissing(isNumber),
  pools: isListOf(isPool),
  retiring: isListOf(isPool),
  files: orMissing(isListOf(isFiles)),
});
const STATUS: Record<string, Fits> = {
  pid: isNumber,
  target: isText,
  folder: isText,
  bind: isListOf(isText),
  state: isText,
  uptime: isNumber,
  fronts: isListOf(isFront),
};

/**
 * What a server has answered to the question how it is.
 *
 * @throws {QuintetError} QUINTET_PROTOCOL
 */
export function readStatus(value: unknown): ServerStatus {
  return checkShape(value, "its status", STATUS);
}
