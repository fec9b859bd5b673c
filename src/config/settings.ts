import type { ByPath } from "../shared/by-path.ts";
import type { LogFormat, LogLevel } from "../shared/log-style.ts";
import type { Workers } from "./values/worker-range.ts";
import type { HeadersByPath } from "./values/headers.ts";
import type { StaticMap } from "./values/static-map.ts";

/** All settings of the server, as a config file gives them. Durations are seconds, sizes are bytes. */
export interface Settings {
  /** Addresses to listen on: `host:port`, `:port`, `[::1]:port`, `unix:/path`, `unix:/path?mode=0660&group=www-data`. */
  bind: string[];
  /** Worker processes: a number, or a range (`{ min: 2, max: 8 }`) that is moved in by how long requests wait. */
  workers: Workers;
  /** Seconds after which a worker that has had nothing to do leaves, where there may be fewer. */
  workersIdle: number;
  /** Threads of a worker, each running one request. */
  threads: number;
  /** Front processes, each with its share of the workers. */
  fronts: number;
  /** The user that the server becomes once it listens: a name or a number; empty to stay who it is. */
  user: string;
  /** The group that it becomes with that; empty for the user's own. */
  group: string;
  /** Requests after which a worker is replaced; 0 for never. */
  maxRequests: number;
  /** For each worker a random number from 0 to this is added to `maxRequests`. */
  maxRequestsJitter: number;
  /** Bytes of memory (RSS) above which a worker is replaced, between two requests; 0 for no limit. */
  maxMemory: number;
  /** Bytes of memory (RSS) above which a worker is killed at once, also in a request; 0 for no limit. */
  maxMemoryHard: number;
  /** Seconds after which a worker is replaced; 0 for never. */
  maxAge: number;
  /**
   * Seconds to the head of a response, and between two chunks of it; 0 for no limit. For all paths, or by path:
   * `{ "*": 30, "/reports/*": 300 }`.
   */
  timeout: ByPath<number>;
  /** Seconds that a worker whose request has run out of time is given to end it, before it is killed. */
  timeoutGrace: number;
  /** Seconds that running requests are given when the server stops, and after a reload. */
  gracefulTimeout: number;
  /** Seconds an idle connection of a client is kept open. */
  keepAlive: number;
  /** Seconds a client may take to send the head of a request; 0 for no limit. */
  headerTimeout: number;
  /** Seconds between two pieces of a request body; 0 for no limit. */
  bodyTimeout: number;
  /** Bytes a second of a body that a client has to send at least, beside `bodyTimeout`; 0 for no limit. */
  bodyMinRate: number;
  /** Seconds a client may take nothing of an answer; 0 for no limit. */
  sendTimeout: number;
  /** Bytes a second of an answer that a client has to take at least, beside `sendTimeout`; 0 for no limit. */
  sendMinRate: number;
  /** Bytes of a request line; 0 for no limit. */
  limitRequestLine: number;
  /** Header fields of a request; 0 for no limit. */
  limitRequestFields: number;
  /** Bytes of a header field, name and value; 0 for no limit. */
  limitRequestFieldSize: number;
  /** Bytes of a request body; 0 for no limit. */
  limitRequestBody: ByPath<number>;
  /** Connections of clients at once; 0 for as many as there are file descriptors for. */
  maxConnections: number;
  /** Connections of one client at once; 0 for no limit. */
  maxConnectionsPerClient: number;
  /** Requests that may wait for a worker; one more is answered 503. */
  backlog: number;
  /** Seconds a request may wait for a worker before it is answered 503. */
  queueTimeout: number;
  /** Workers that are kept for the requests of these paths: `{ "/healthz": 1, "/admin/*": 1 }`. */
  keepWorkers: Readonly<Record<string, number>>;
  /** The path below which the application is served; empty for the variable SCRIPT_NAME, or the root. */
  mount: string;
  /** Proxies whose header SCRIPT_NAME is believed: addresses, networks, `unix`, `*`. */
  forwardedAllowIps: string[];
  /** The front itself answers this path 200, whatever the workers do; empty for none. */
  livenessPath: string;
  /** A hop-by-hop header of the application, such as `Connection`, is an error, and not dropped with a warning. */
  strictHeaders: boolean;
  /** The folder to change to before anything is loaded. */
  chdir: string;
  /** Environment variables for the application, `NAME=value`. */
  env: string[];
  /** The Python to use: a program, or a command such as `opentelemetry-instrument python`. */
  python: string;
  /** Import a Python application once, and fork its workers; `auto`: unless they would share what they cannot share. */
  preload: boolean | "auto";
  /** A Python module with `post_fork(worker)`, `worker_exit(worker)` or both; empty for none. */
  hooks: string;
  /** Seconds a process may take to load the application; 0 for no limit. */
  bootTimeout: number;
  /** Paths or URLs that each new worker is asked for before it takes requests. */
  warmup: string[];
  /** What a start or a reload makes of a 5xx, a hang or a crash there: `warn`, or `stop`, which changes nothing. */
  warmupFailure: "warn" | "stop";
  /** Serve STATIC_ROOT of a Django project from the front; `auto`: unless the project answers STATIC_URL itself. */
  static: boolean | "auto";
  /** Serve MEDIA_ROOT of a Django project from the front; `auto`: unless the project answers MEDIA_URL itself. */
  media: boolean | "auto";
  /** Folders and files that the front serves: `{ "/static": ["static", "vendor"], "/robots.txt": "robots.txt" }`. */
  staticMap: StaticMap;
  /** Response headers by path: `{ "/media/*": { "Content-Security-Policy": "sandbox" } }`. */
  headers: HeadersByPath;
  /**
   * Take a request body whole before the application is called; `false` hands it on as it comes. For all paths, or by path:
   * `{ "/upload/*": false }`.
   */
  requestBuffering: ByPath<boolean>;
  /** Bytes of a request body that are kept in memory; a longer one goes to a temporary file. */
  bodyMemory: number;
  /** Bytes of all bodies together. */
  spoolLimit: number;
  /** Bytes of one response that are kept in a temporary file for a client that reads slowly. */
  responseSpool: number;
  /** The folder for temporary files. */
  tempDir: string;
  /** The folder of control sockets; `off` for none. */
  control: string;
  /** Files; when one of them is changed, the server reloads. */
  touchReload: string[];
  /** Write a line for each request. */
  accessLog: boolean;
  /** The least important level that is logged: `debug`, `info`, `warn` or `error`. */
  logLevel: LogLevel;
  /** `text` for people, `json` for programs, `auto`: text on a terminal. */
  logFormat: LogFormat;
  /** The file that the log is written to; empty for stdout. */
  logFile: string;
}
