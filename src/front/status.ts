import type { FilesStatus } from "../http/static/static-status.ts";
import type { PoolStatus } from "../workers/pool-status.ts";

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
