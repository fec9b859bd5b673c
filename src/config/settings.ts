// Made from src/config/settings/ by `npm run docs`.
import type { ByPath } from "../shared/by-path.ts";
import type { HeadersByPath } from "./values/headers.ts";
import type { StaticMap } from "./values/static-map.ts";
import type { Variables } from "./values/variables.ts";
import type { Workers } from "./values/worker-range.ts";

/** All settings of the server, as a config file gives them. Durations are seconds, sizes are bytes. */
export interface Settings {
  /**
   * Address to listen on: host:port, [ipv6]:port, :port (all interfaces), a port (this machine only) or unix:/path, also
   * unix:/path?mode=0660&user=NAME&group=NAME, or unix:@name (an abstract socket of Linux). The file of a unix socket has
   * mode 0666 and belongs to the server's user, unless the address says otherwise. May be given several times.
   *
   * Default: 0.0.0.0 with the port from the variable PORT if it is set, otherwise 127.0.0.1:8000.
   */
  bind: string[];
  /**
   * Number of front processes. Each accepts a share of the connections and gets its share of `workers`, `backlog`,
   * `maxConnections` and `spoolLimit`. One is enough until the front itself uses a whole CPU.
   *
   * Default: 1.
   */
  fronts: number;
  /**
   * User (a name or a number) that the server switches to, with all the user's groups. Root must start the server. It
   * switches after it has bound its addresses and opened the log, and before it starts any other process. Requires Python
   * 3.9 or newer on this machine.
   *
   * Default: `null`, the user that starts the server.
   */
  user: string | null;
  /**
   * Group (a name or a number) that the server switches to instead of the group of `user`. Requires `user`.
   *
   * Default: `null`, the group of `user`.
   */
  group: string | null;
  /**
   * Folder to change to before anything is loaded.
   *
   * Default: `null`, the current folder.
   */
  chdir: string | null;
  /**
   * Folder for temporary files: spooled request bodies and responses, and the command's compile cache if a flag or a
   * variable sets the folder. Worker sockets and the pages shared with workers stay in memory, in XDG_RUNTIME_DIR or
   * /dev/shm; they go here only if neither can be used. The default of `control` does not depend on this setting.
   *
   * Default: the system's temporary folder.
   */
  tempDir: string;
  /**
   * Folder for the control socket, through which `quintet status`, `reload`, `upgrade`, `scale` and `stop` reach the
   * server. The folder must belong to the server's user, and nobody else may write to it.
   *
   * `null`: no control socket. Default: quintet.UID in the system's temporary folder.
   */
  control: string | null;
  /**
   * File that reloads the server when it changes or is touched. It need not exist yet. May be given several times.
   *
   * Default: none.
   */
  touchReload: string[];
  /**
   * Number of worker processes. With a range, 2-8 or in a config file { min: 2, max: 8 }, the server adds a worker while
   * requests have to wait, and stops one that has been idle for `workersIdle`.
   *
   * Default: the variable WEB_CONCURRENCY if it is set, otherwise one for each CPU that the process may use (affinity and
   * the CPU quota of its cgroups), at least 2, and at most one for each 256 MB that its cgroups allow.
   */
  workers: Workers;
  /**
   * How long a worker must be idle before it is stopped, if `workers` is a range and more than the minimum are running.
   *
   * In seconds. Default: 30.
   */
  workersIdle: number;
  /**
   * Threads of each worker. Each thread runs one request at a time. With 1 the application runs in the main thread.
   *
   * Default: 1.
   */
  threads: number;
  /**
   * Number of workers to reserve for requests to this path, which may end in *. Requests to the path may use every worker;
   * other requests may not use the reserved ones. Requests to the path wait in a separate queue with its own `backlog`.
   * The sum of all reserved workers must be less than `workers`. May be given several times.
   *
   * Default: none.
   */
  keepWorkers: Readonly<Record<string, number>>;
  /**
   * Import a Python application once, in a separate process, and fork the workers from that process: they start in
   * milliseconds and share memory. With auto, workers are fresh processes if the import leaves threads, connections or
   * other things behind that forks cannot share; the log names them. With true (--preload) workers are always forked. With
   * false (--no-preload) each worker imports the application itself.
   *
   * Default: auto on Linux, false elsewhere.
   */
  preload: boolean | "auto";
  /**
   * Python module that defines post_fork(worker), worker_exit(worker) or both. A new worker calls post_fork before its
   * first request, and worker_exit after its last.
   *
   * Default: `null`, no hooks.
   */
  hooks: string | null;
  /**
   * How long a worker may take to load the application, and how long a wsgi.ts or a config file may take to load. After
   * that the start fails, and the log shows where a worker hangs.
   *
   * In seconds. `null`: no limit. Default: 60.
   */
  bootTimeout: number | null;
  /**
   * Path or URL to request from each new worker before it serves clients: at start, after a reload, and when a worker is
   * replaced or added. For a path the host is the first one in ALLOWED_HOSTS, or localhost; a URL names the scheme and the
   * host. All of these requests together may take `bootTimeout`. May be given several times.
   *
   * Default: none.
   */
  warmup: string[];
  /**
   * What a start, a reload or an upgrade does if a `warmup` request is answered 5xx, hangs or ends its worker. With warn,
   * the failure is logged and the workers serve. With stop, the start, reload or upgrade fails and changes nothing. A
   * worker that is replaced or added later always serves.
   *
   * Default: warn.
   */
  warmupFailure: "warn" | "stop";
  /**
   * Requests after which a worker is replaced. Its successor starts first.
   *
   * Default: `null`, never.
   */
  maxRequests: number | null;
  /**
   * Upper bound of a random number that is added to `maxRequests` for each worker, so that workers are not all replaced at
   * the same time.
   *
   * Default: 0.
   */
  maxRequestsJitter: number;
  /**
   * Memory (RSS) above which a worker is replaced. It is measured between requests. The worker's successor starts first.
   *
   * In bytes. Default: `null`, no limit.
   */
  maxMemory: number | null;
  /**
   * Memory (RSS) above which a worker is killed at once, even during a request, which is then answered 502. Must be more
   * than `maxMemory`.
   *
   * In bytes. Default: `null`, no limit.
   */
  maxMemoryHard: number | null;
  /**
   * How long a worker serves before it is replaced. Its successor starts first. Each worker is replaced up to a tenth
   * earlier, so that workers of the same age are not all replaced together.
   *
   * In seconds. Default: `null`, never.
   */
  maxAge: number | null;
  /**
   * How long a request may run before its response begins, and how long the application may pause between two chunks of
   * the response. Time spent waiting for a slow client does not count. After that the client gets 504, the stacks go to
   * the log, the request is interrupted and the worker is replaced. A path may end in *; the longest match wins. May be
   * given several times.
   *
   * In seconds. `null`: no limit. Default: 30.
   */
  timeout: ByPath<number | null>;
  /**
   * How long a worker may take to end a request that `timeout` has interrupted. After that the worker is killed.
   *
   * In seconds. Default: 5.
   */
  timeoutGrace: number;
  /**
   * How long running requests may take to finish when the server stops, or when a reload replaces their workers. Requests
   * that take longer are cut off, and the log says so. A worker with nothing left to answer gets the same time to exit,
   * and at least three seconds.
   *
   * In seconds. Default: 30.
   */
  gracefulTimeout: number;
  /**
   * How long a request may wait for a worker. After that it is answered 503 with Retry-After.
   *
   * In seconds. Default: 30.
   */
  queueTimeout: number;
  /**
   * How long an idle client connection stays open.
   *
   * In seconds. Default: 75.
   */
  keepAlive: number;
  /**
   * How long a client may take to send the head of a request. After that it is answered 408.
   *
   * In seconds. `null`: no limit. Default: 60.
   */
  headerTimeout: number | null;
  /**
   * How long a client may pause while it sends a request body. After that it is answered 408.
   *
   * In seconds. `null`: no limit. Default: 60.
   */
  bodyTimeout: number | null;
  /**
   * Bytes a second that a client must send of a request body, on average after the first `bodyTimeout` (60 seconds if that
   * has no limit). A slower client is answered 408. Time during which the application does not read does not count.
   *
   * In bytes. `null`: no limit. Default: 500.
   */
  bodyMinRate: number | null;
  /**
   * How long a client may read nothing of a response that is being sent. After that its connection is reset, which frees
   * the worker, the temporary file and the file descriptor behind the response.
   *
   * In seconds. `null`: no limit. Default: 60.
   */
  sendTimeout: number | null;
  /**
   * Bytes a second that a client must read of a response, on average after the first `sendTimeout` (60 seconds if that has
   * no limit). The connection of a slower client is reset.
   *
   * In bytes. `null`: no limit. Default: 500.
   */
  sendMinRate: number | null;
  /**
   * Number of client connections that may be open. A further connection gets 503 and is closed at once, and the log says
   * so. Several fronts share the limit.
   *
   * Default: `null`, the limit of open files, minus what workers and files need.
   */
  maxConnections: number | null;
  /**
   * Number of connections that one client may have open. A client is an IPv4 address or the /64 of an IPv6 address. A
   * further connection gets 503 and is closed at once. Behind a proxy all connections are the proxy's; connections to a
   * unix socket have no address and are not limited. Each front counts its own.
   *
   * Default: `null`, no limit.
   */
  maxConnectionsPerClient: number | null;
  /**
   * Number of requests that may wait for a worker. A further request is answered 503 with Retry-After.
   *
   * Default: 2048.
   */
  backlog: number;
  /**
   * Length of a request line: method, target and version. A longer one is answered 414.
   *
   * In bytes. `null`: no limit. Default: 8190.
   */
  limitRequestLine: number | null;
  /**
   * Number of header fields of a request. A request with more is answered 431.
   *
   * `null`: no limit. Default: 100.
   */
  limitRequestFields: number | null;
  /**
   * Size of a header field, name and value together. A larger one is answered 431, and so is a request whose fields
   * together are larger than four times this.
   *
   * In bytes. `null`: no limit. Default: 8190.
   */
  limitRequestFieldSize: number | null;
  /**
   * Size of a request body. A larger one is answered 413: before the client sends it if its length is announced, otherwise
   * as soon as it exceeds the limit. `spoolLimit` limits all bodies together in any case. A path may end in *; the longest
   * match wins. May be given several times.
   *
   * In bytes. `null`: no limit. Default: 1073741824.
   */
  limitRequestBody: ByPath<number | null>;
  /**
   * Receive a whole request body before the application is called. With false the application is called at once and gets
   * the body as it arrives, of any size and without a temporary file; a slow client then occupies its worker. A path may
   * end in *; the longest match wins. Applications written in TypeScript always get a whole body. May be given several
   * times.
   *
   * Default: on.
   */
  requestBuffering: ByPath<boolean>;
  /**
   * Size up to which a request body is kept in memory. A larger one goes to a temporary file.
   *
   * In bytes. Default: 262144.
   */
  bodyMemory: number;
  /**
   * Total size of the request bodies longer than `bodyMemory` and of the responses that slow clients have not read yet. A
   * request beyond it is answered 503. The bodies of one client address may take half of it, and so may the responses.
   * Shorter bodies have 64 MB of memory of their own and count here only beyond that.
   *
   * In bytes. Default: 4294967296.
   */
  spoolLimit: number;
  /**
   * Size of the temporary file that keeps one response for a client that reads slowly, so that its worker is free. Beyond
   * that size the worker waits for the client; with 0 it always waits.
   *
   * In bytes. Default: 1073741824.
   */
  responseSpool: number;
  /**
   * The Python that runs the application: a program, or a command such as "opentelemetry-instrument python".
   *
   * Default: `null`, the Python of VIRTUAL_ENV, then of .venv or venv beside the project, then python3.
   */
  python: string | null;
  /**
   * Environment variable for the application. In a config file a record: { NAME: "value" }. May be given several times.
   *
   * Default: none.
   */
  env: Variables;
  /**
   * Path below which the application is served, such as /shop. The application gets it as SCRIPT_NAME and the rest as
   * PATH_INFO. Every other path is answered 404. Use it behind a proxy that does not strip the path.
   *
   * Default: `null`, the variable SCRIPT_NAME if it is set, otherwise the root.
   */
  mount: string | null;
  /**
   * Trusted proxy: an address such as 10.0.0.1 or ::1, a network such as 10.0.0.0/8, unix, or *. Separate several with
   * commas, or give the setting several times; an empty text trusts none. It applies to one header only, SCRIPT_NAME: the
   * path below which the proxy publishes the application, whether or not it strips that path. From any other peer the
   * header is ignored. All other forwarded headers are passed to the application as they are.
   *
   * Default: 127.0.0.1 ::1 unix.
   */
  forwardedAllowIps: string[];
  /**
   * Path that the front itself answers: 200 to GET and HEAD, whatever state the workers are in. Use it for liveness
   * probes. For readiness probes use a path of the application.
   *
   * Default: `null`, no such path.
   */
  livenessPath: string | null;
  /**
   * Raise an error in start_response() if the application sets a hop-by-hop header (Connection, Keep-Alive,
   * Transfer-Encoding, Upgrade and so on), as PEP 3333 recommends. Otherwise the header is dropped, and each worker logs
   * one warning.
   *
   * Default: off.
   */
  strictHeaders: boolean;
  /**
   * Header to add to responses for this path, which may end in *: '/media/*=Content-Security-Policy: sandbox'. It replaces
   * a header of the same name from the application or the front. All matching patterns apply; for the same header the
   * longest wins. May be given several times; in the variable, one per line.
   *
   * Default: none.
   */
  headers: HeadersByPath;
  /**
   * Serve the files in STATIC_ROOT of a Django project from the front, without a worker. With auto, URLs that a route of
   * the project or WhiteNoise answers are left to them. With true the front always serves the files, with false never.
   *
   * Default: auto.
   */
  static: boolean | "auto";
  /**
   * The same for MEDIA_ROOT. With auto, a view that guards uploads is not bypassed.
   *
   * Default: auto.
   */
  media: boolean | "auto";
  /**
   * Folder or single file that the front serves: /static=var/static, /robots.txt=robots.txt. May be given several times,
   * also with the same URL: the first folder that has the file wins. Requests for files that are in none of them go to the
   * application. Relative paths start in the folder the application runs in.
   *
   * Default: none.
   */
  staticMap: StaticMap;
  /**
   * Log each request.
   *
   * Default: on.
   */
  accessLog: boolean;
  /**
   * Least severe level that is logged.
   *
   * Default: info.
   */
  logLevel: "debug" | "info" | "warn" | "error";
  /**
   * Format of the log: text for people, json for one JSON object a line. auto is text on a terminal and json elsewhere.
   *
   * Default: auto.
   */
  logFormat: "auto" | "text" | "json";
  /**
   * File that the log is appended to. SIGUSR1 reopens it after it has been moved away.
   *
   * Default: `null`, standard output.
   */
  logFile: string | null;
}

/** The settings that are also options of getWsgiApplication() and getPythonApplication(). */
export type ApplicationSetting =
  | "tempDir"
  | "workers"
  | "workersIdle"
  | "threads"
  | "keepWorkers"
  | "hooks"
  | "warmup"
  | "warmupFailure"
  | "maxRequests"
  | "maxRequestsJitter"
  | "maxMemory"
  | "maxMemoryHard"
  | "maxAge"
  | "timeout"
  | "timeoutGrace"
  | "gracefulTimeout"
  | "queueTimeout"
  | "bodyTimeout"
  | "bodyMinRate"
  | "sendTimeout"
  | "sendMinRate"
  | "backlog"
  | "limitRequestLine"
  | "limitRequestFields"
  | "limitRequestFieldSize"
  | "limitRequestBody"
  | "requestBuffering"
  | "bodyMemory"
  | "spoolLimit"
  | "responseSpool"
  | "python"
  | "env"
  | "strictHeaders"
  | "headers"
  | "static"
  | "media"
  | "staticMap"
  | "logLevel"
  | "logFormat";
