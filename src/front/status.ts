import { count } from "../shared/plural.ts";
import {
  checkShape,
  type Fits,
  hasFields,
  isListOf,
  isNumber,
  isText,
  orMissing,
  orNull,
} from "../shared/shape.ts";
import { fileLines, type FilesStatus } from "../http/file-lines.ts";
import type { PoolStatus } from "../workers/pool.ts";
import { megabytes } from "../workers/memory.ts";
import type { WorkerStatus } from "../workers/process.ts";

/** The status of a server. */
export interface ServerStatus {
  /** The process that takes signals: the master, or the front of a server without one. */
  pid: number;
  /** What is served, as it was named on the command line. */
  target: string;
  folder: string;
  /** The addresses on which it listens. */
  bind: string[];
  state: "starting" | "running" | "reloading" | "upgrading" | "stopping";
  /** Seconds. */
  uptime: number;
  /** Those that serve, those that an upgrade starts, and those that finish what they have begun. */
  fronts: FrontStatus[];
}

/** The status of a front. One that does not answer is `silent` and has only pid, version and state. */
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
  /** Open connections of clients. */
  connections: number;
  /** How many may be open at once; null for no limit. */
  maxConnections: number | null;
  /** Connections that were refused because there were too many. */
  refused: number;
  /** How many requests may wait. */
  backlog: number;
  /** The workers of the application, and of those behind it. */
  pools: PoolStatus[];
  /** Workers of older generations that finish their requests. */
  retiring: PoolStatus[];
  /** The files that it serves itself, and which paths of them it leaves to the application. */
  files: FilesStatus[];
}

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
  const most = maxConnections ? ` of at most ${maxConnections}` : "";
  const turned = refused ? `, ${refused} refused` : "";
  const lines = [
    `${head}, version ${version}, generation ${generation}, up ${duration(uptime)}, ${count(connections, "connection")}${most}${turned}`,
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
  const wanted = `${count(pool.wanted, "worker")}${range}${threads}`;
  const head = `    ${ready} of ${wanted} ready, ${general} of at most ${backlog} requests wait`;
  const kept = pool.lanes.filter((lane) => lane.kept > 0);
  const lanes = kept.map(
    (lane) =>
      `      ${lane.pattern} has ${count(lane.kept, "worker")} kept, ${lane.waiting} of at most ${backlog} requests wait`,
  );
  return [head, ...lanes, ...workerLines(pool)];
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
    `${count(answered, "request")} answered`,
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
const isLane = hasFields({ pattern: isText, kept: isNumber, waiting: isNumber });
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
  lanes: isListOf(isLane),
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
 * Check the status that a server has sent.
 *
 * @throws {QuintetError} QUINTET_PROTOCOL
 */
export function readStatus(value: unknown): ServerStatus {
  return checkShape(value, "its status", STATUS);
}
