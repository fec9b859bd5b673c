import type { FilesStatus } from "../http/static/static-status.ts";
import type { PoolStatus } from "../workers/pool-status.ts";

/** The status of a server. */
export interface ServerStatus {
  /** The process that takes signals: the master, or the front if there is no master. */
  pid: number;
  /** What is served, as named on the command line. */
  target: string;
  folder: string;
  /** The addresses on which it listens. */
  bind: string[];
  state: "starting" | "running" | "reloading" | "upgrading" | "stopping";
  /** Seconds. */
  uptime: number;
  /** Serving fronts, fronts that an upgrade is starting, and fronts that are finishing their requests. */
  fronts: FrontStatus[];
}

/** The status of a front. One that does not answer is `silent` and has only pid, version and state. */
export interface FrontStatus {
  pid: number;
  version: string;
  target: string;
  folder: string;
  bind: string[];
  /** The number of times that the application has been loaded: 1 at the start, one more after each reload or upgrade. */
  generation: number;
  state: "booting" | "dead" | "running" | "reloading" | "draining" | "stopping" | "silent";
  /** Seconds. */
  uptime: number;
  /** Open client connections. */
  connections: number;
  /** How many may be open at once; null for no limit. */
  maxConnections: number | null;
  /** Connections that were refused because there were too many. */
  refused: number;
  /** How many requests may wait. */
  backlog: number;
  /** The workers of the application, and of the applications behind it. */
  pools: PoolStatus[];
  /** Workers of older generations that finish their requests. */
  retiring: PoolStatus[];
  /** The files that it serves itself, and the paths that it leaves to the application. */
  files: FilesStatus[];
}
