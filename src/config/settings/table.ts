import { tmpdir } from "node:os";
import { defaultControlFolder } from "../control-folder.ts";
import { ADDRESS_FORMS } from "../values/address.ts";
import { TRUSTED_FORMS } from "../values/trusted-proxies.ts";
import { defaultWorkers } from "../default-workers.ts";
import type { Settings } from "../settings.ts";

export type Kind =
  | "text"
  | "list"
  | "whole"
  | "workers"
  | "seconds"
  | "bytes"
  | "switch"
  | "auto"
  | "choice"
  | "staticMap"
  | "headers";

export interface Setting<Value> {
  kind: Kind;
  default: Value;
  /** How the default is told where it depends on the machine. */
  defaultText?: string;
  /** The placeholder in --help. */
  value?: string;
  short?: string;
  min?: number;
  max?: number;
  choices?: readonly string[];
  /** Between its values in a variable, if not whitespace or a comma. */
  separator?: string;
  /** It may have a value for all paths, or values by pattern; or the latter alone. */
  byPath?: true | "only";
  doc: string;
}

/** Every setting, once: flags, environment, config file, `--help` and docs/reference/settings.md come from here. */
export const settingsTable: { [Name in keyof Settings]: Setting<Settings[Name]> } = {
  bind: {
    kind: "list",
    default: ["127.0.0.1:8000"],
    defaultText: "0.0.0.0 with the port that PORT names, else 127.0.0.1:8000",
    value: "ADDRESS",
    short: "b",
    doc: `Listen here: ${ADDRESS_FORMS}. The file of a unix socket has mode 0666 and belongs to the server's user, unless its address says otherwise. May be given several times.`,
  },
  workers: {
    kind: "workers",
    default: defaultWorkers().workers,
    defaultText:
      "WEB_CONCURRENCY, else the number of CPUs that the process may use (affinity, CPU quota of its cgroups), at least 2, and at most one for each 256 MB that its cgroups allow",
    value: "N|MIN-MAX",
    short: "w",
    doc: "Worker processes. With a range such as 2-8, in a config file { min: 2, max: 8 }, one is added while requests have to wait, and leaves when it has nothing to do.",
  },
  workersIdle: {
    kind: "seconds",
    default: 30,
    value: "SECONDS",
    min: 0.1,
    doc: "Where workers is a range: one that has had nothing to do for so long leaves, unless there are no more than the least number.",
  },
  threads: {
    kind: "whole",
    default: 1,
    value: "N",
    min: 1,
    max: 1024,
    doc: "Threads of a worker, each running one request at a time. With 1 the application runs in the main thread.",
  },
  fronts: {
    kind: "whole",
    default: 1,
    value: "N",
    min: 1,
    max: 64,
    doc: "Front processes. Each takes its share of the connections, and has its share of the workers, of `backlog`, of `maxConnections` and of `spoolLimit`. One is enough until it needs a whole CPU: see its CPU time, not that of the workers.",
  },
  user: {
    kind: "text",
    default: "",
    defaultText: "the user that starts it",
    value: "USER",
    short: "u",
    doc: "Started by root, become this user (a name or a number), with all its groups, once the addresses are bound and the log is open, and before any other process starts. Takes Python 3.9 or newer on this machine.",
  },
  group: {
    kind: "text",
    default: "",
    defaultText: "the group of user",
    value: "GROUP",
    short: "g",
    doc: "With user: become a member of this group (a name or a number) instead of the user's own.",
  },
  maxRequests: {
    kind: "whole",
    default: 0,
    value: "N",
    doc: "A worker that has answered so many requests is replaced, once its successor is ready. 0 for never.",
  },
  maxRequestsJitter: {
    kind: "whole",
    default: 0,
    value: "N",
    max: 1_000_000_000,
    doc: "A random number from 0 to this is added to maxRequests for each worker, so that not all are replaced at the same time.",
  },
  maxMemory: {
    kind: "bytes",
    default: 0,
    value: "BYTES",
    doc: "A worker that uses more memory than this (RSS, looked at between requests) is replaced, once its successor is ready. 0 for no limit.",
  },
  maxMemoryHard: {
    kind: "bytes",
    default: 0,
    value: "BYTES",
    doc: "A worker that uses more memory than this (RSS) is killed at once, also in a request, which is answered 502. More than maxMemory. 0 for no limit.",
  },
  maxAge: {
    kind: "seconds",
    default: 0,
    value: "SECONDS",
    max: 31_536_000,
    doc: "A worker that has served for so long is replaced, once its successor is ready; up to a tenth earlier, so that those of the same age do not all leave together. 0 for never.",
  },
  timeout: {
    kind: "seconds",
    byPath: true,
    default: 30,
    value: "[PATH=]SECONDS",
    short: "t",
    doc: "How long a request may run before its response begins, and then between two chunks (a slow client's time not counted). Then the client gets 504, the stacks go to the log, the request is interrupted, and the worker is replaced. 0 for no limit. A path may end in *; the longest that fits wins.",
  },
  timeoutGrace: {
    kind: "seconds",
    default: 5,
    value: "SECONDS",
    doc: "How long a worker is given after a timeout to end what was interrupted, before it is killed.",
  },
  gracefulTimeout: {
    kind: "seconds",
    default: 30,
    value: "SECONDS",
    doc: "How long running requests are given to finish when the server is stopped, or their worker belongs to what was served before a reload. Those that take longer are cut off, and the log says so. A worker is given as long to end when it has nothing more to answer, three seconds at least.",
  },
  keepAlive: {
    kind: "seconds",
    default: 75,
    value: "SECONDS",
    doc: "How long an idle connection of a client is kept open.",
  },
  headerTimeout: {
    kind: "seconds",
    default: 60,
    value: "SECONDS",
    doc: "How long a client may take to send the head of a request, before it is answered 408. 0 for no limit.",
  },
  bodyTimeout: {
    kind: "seconds",
    default: 60,
    value: "SECONDS",
    doc: "How long a client may pause while it sends the body of a request, before it is answered 408. 0 for no limit.",
  },
  bodyMinRate: {
    kind: "bytes",
    default: 500,
    value: "BYTES",
    doc: "How many bytes a second a client has to send of a body, on average and beyond the first bodyTimeout (60 seconds where that is 0). A slower one is answered 408. Time in which the application does not read does not count. 0 for no limit.",
  },
  sendTimeout: {
    kind: "seconds",
    default: 60,
    value: "SECONDS",
    doc: "How long a client may take nothing of an answer that is on its way to it. Then its connection is reset, and the worker, the temporary file and the descriptor behind the answer are free. 0 for no limit.",
  },
  sendMinRate: {
    kind: "bytes",
    default: 500,
    value: "BYTES",
    doc: "How many bytes a second a client has to take of an answer, on average and beyond the first sendTimeout (60 seconds where that is 0). The connection of a slower one is reset. 0 for no limit.",
  },
  limitRequestLine: {
    kind: "bytes",
    default: 8190,
    value: "BYTES",
    max: 1024 * 1024,
    doc: "What a request line may have: method, target, version. A longer one is answered 414. 0 for no limit.",
  },
  limitRequestFields: {
    kind: "whole",
    default: 100,
    value: "N",
    max: 32_768,
    doc: "How many header fields a request may have. One more is answered 431. 0 for no limit.",
  },
  limitRequestFieldSize: {
    kind: "bytes",
    default: 8190,
    value: "BYTES",
    max: 1024 * 1024,
    doc: "What a header field may have, name and value. A larger one is answered 431, and so are fields that have more than four times that together. 0 for no limit.",
  },
  limitRequestBody: {
    kind: "bytes",
    byPath: true,
    default: 1024 ** 3,
    value: "[PATH=]BYTES",
    doc: "What a request body may have. A larger one is answered 413: before it is sent, if its length is announced, else as soon as it exceeds this. 0 for no limit; then spoolLimit is one for all bodies together. A path may end in *; the longest that fits wins. May be given several times.",
  },
  maxConnections: {
    kind: "whole",
    default: 0,
    defaultText: "the limit of open files, less what workers and files need",
    value: "N",
    doc: "How many connections of clients may be open. One more is answered 503 and closed at once, and the log says so. Several fronts share it. 0 for the default.",
  },
  maxConnectionsPerClient: {
    kind: "whole",
    default: 0,
    value: "N",
    doc: "How many connections one client may have open, by its IPv4 address or the /64 of its IPv6 address. One more is answered 503 and closed at once. Behind a proxy all connections are the proxy's, and those of a unix socket have no address. Each of several fronts counts its own. 0 for no limit.",
  },
  backlog: {
    kind: "whole",
    default: 2048,
    value: "N",
    min: 1,
    max: 1_000_000,
    doc: "How many requests may wait for a worker. One more is answered 503 with Retry-After.",
  },
  queueTimeout: {
    kind: "seconds",
    default: 30,
    value: "SECONDS",
    min: 0.001,
    doc: "How long a request may wait for a worker before it is answered 503 with Retry-After.",
  },
  keepWorkers: {
    kind: "whole",
    byPath: "only",
    default: {},
    defaultText: "none",
    value: "PATH=N",
    min: 1,
    max: 1023,
    doc: "Keep so many workers for the requests of this path, which may end in *: they may use every worker, all others may not use these. They wait in a queue of their own, with a backlog of its own. Fewer than workers, all together. May be given several times.",
  },
  mount: {
    kind: "text",
    default: "",
    defaultText: "the variable SCRIPT_NAME, or the root",
    value: "PATH",
    doc: "Serve the application below this path, such as /shop: it is in SCRIPT_NAME, what follows it in PATH_INFO. Every other path is answered 404. For a proxy in front that does not strip the path.",
  },
  forwardedAllowIps: {
    kind: "list",
    default: ["127.0.0.1", "::1", "unix"],
    value: "ADDRESS",
    doc: `Proxies that are believed: ${TRUSTED_FORMS}; several are separated by commas, or the setting is given several times; an empty text is for none. It decides about one header only, SCRIPT_NAME: the path below which the proxy publishes the application, whether it strips that path or not. From any other peer the header is ignored. Other forwarded headers are left to the application.`,
  },
  livenessPath: {
    kind: "text",
    default: "",
    defaultText: "none",
    value: "PATH",
    doc: "The front answers this path itself, 200 to GET and HEAD, whatever the workers do: for probes that ask whether the server is to be restarted. Whether it can serve, a request to the application tells.",
  },
  strictHeaders: {
    kind: "switch",
    default: false,
    doc: "Raise an error in start_response() if the application sets a hop-by-hop header (Connection, Keep-Alive, Transfer-Encoding, Upgrade and the like), as PEP 3333 recommends. Otherwise such a header is dropped, and each worker warns once.",
  },
  chdir: {
    kind: "text",
    default: "",
    defaultText: "the current folder",
    value: "DIR",
    doc: "Change to this folder before anything is loaded.",
  },
  env: {
    kind: "list",
    default: [],
    value: "NAME=VALUE",
    short: "e",
    doc: 'Set an environment variable for the application. May be given several times; in a config file a list: ["NAME=VALUE"].',
  },
  python: {
    kind: "text",
    default: "",
    defaultText: "VIRTUAL_ENV, then .venv or venv beside the project, then python3",
    value: "COMMAND",
    doc: 'The Python that runs the application: a program, or a command such as "opentelemetry-instrument python".',
  },
  preload: {
    kind: "auto",
    default: process.platform === "linux" ? "auto" : false,
    defaultText: "auto on Linux, false elsewhere",
    doc: "Import a Python application once, in a process of its own, and fork the workers from it: they start in milliseconds and share memory. With auto, the workers are fresh processes if the import leaves threads, connections or other things behind that forks cannot share; the log names them. With true (--preload) they are forked in any case. With false (--no-preload) each worker imports the application itself.",
  },
  hooks: {
    kind: "text",
    default: "",
    defaultText: "none",
    value: "MODULE",
    doc: "A Python module whose post_fork(worker) is called in each new worker before its first request, and worker_exit(worker) after its last. One of the two will do.",
  },
  bootTimeout: {
    kind: "seconds",
    default: 60,
    value: "SECONDS",
    doc: "How long a worker may take to load the application, and a wsgi.ts or config file to be evaluated. Then that has failed, and where a worker hangs is shown. 0 for no limit.",
  },
  warmup: {
    kind: "list",
    default: [],
    value: "PATH|URL",
    doc: "Ask each new worker for this before it takes requests: at the start, after a reload, when one is replaced or added. A path is asked for at the first host of ALLOWED_HOSTS, otherwise at localhost; a URL names scheme and host itself. All of them together may take bootTimeout. May be given several times.",
  },
  warmupFailure: {
    kind: "choice",
    default: "warn",
    choices: ["warn", "stop"],
    value: "WHAT",
    doc: "What a start, a reload or an upgrade does where warmup is answered 5xx, hangs or ends the worker: warn and serve, or stop and change nothing. A single worker that is replaced or added later serves in any case.",
  },
  static: {
    kind: "auto",
    default: "auto",
    doc: "Serve the files of STATIC_ROOT of a Django project from the front, without a worker. With auto, URLs that a route of the project or WhiteNoise answers are left to them; true serves the files in any case, false never does.",
  },
  media: {
    kind: "auto",
    default: "auto",
    doc: "The same for MEDIA_ROOT. With auto, a view that guards uploads is not bypassed.",
  },
  staticMap: {
    kind: "staticMap",
    default: {},
    defaultText: "none",
    value: "URL=PATH",
    doc: "Serve this folder, or this one file, from the front: /static=var/static, /robots.txt=robots.txt. May be given several times, also with the same URL: the first folder that has the file wins. A file that is in none of them is the application's matter. A relative path begins in the folder that the application runs in.",
  },
  headers: {
    kind: "headers",
    default: {},
    defaultText: "none",
    value: "PATH=NAME:VALUE",
    separator: "\n",
    doc: "Add this header to responses for this path, which may end in *: '/media/*=Content-Security-Policy: sandbox'. It replaces what the application or the front says there. All patterns that fit count; for the same header the longest wins. May be given several times, in the variable one a line.",
  },
  requestBuffering: {
    kind: "switch",
    byPath: true,
    default: true,
    value: "[PATH=]BOOLEAN",
    doc: "Take a request body whole before the application is called. With false the application is called at once, and gets the body as it comes, of any size, without a temporary file; a slow client then holds its worker. A path may end in *; the longest that fits wins. Applications written in TypeScript get a whole body in every case.",
  },
  bodyMemory: {
    kind: "bytes",
    default: 256 * 1024,
    value: "BYTES",
    max: 16 * 1024 * 1024,
    doc: "A request body up to this size is kept in memory, a longer one in a temporary file.",
  },
  spoolLimit: {
    kind: "bytes",
    default: 4 * 1024 ** 3,
    value: "BYTES",
    doc: "What request bodies longer than bodyMemory and responses that slow clients have not taken may hold together. A request beyond it is answered 503. The bodies of one client address may hold half of it, and so may responses. Shorter bodies have 64 MB of memory of their own, and count here only beyond that.",
  },
  responseSpool: {
    kind: "bytes",
    default: 1024 ** 3,
    value: "BYTES",
    doc: "What one response may take in a temporary file while its client reads slowly, so that its worker is free. Beyond that the worker waits for the client; with 0 it always does.",
  },
  tempDir: {
    kind: "text",
    default: tmpdir(),
    defaultText: "the system's",
    value: "DIR",
    doc: "The folder for temporary files: request bodies and responses that are put aside and, if the flag or the variable names it, what Node has compiled of the command. Worker sockets and the pages that are shared with workers are kept in memory, in XDG_RUNTIME_DIR or /dev/shm, and here if neither can be used. The default of control does not follow it.",
  },
  control: {
    kind: "text",
    default: defaultControlFolder,
    defaultText: "quintet.UID in the system's temporary folder",
    value: "DIR",
    doc: "The folder for the socket by which `quintet status` and `quintet reload` reach the server; `off` for none. It must be this user's alone.",
  },
  touchReload: {
    kind: "list",
    default: [],
    value: "FILE",
    doc: "Reload when this file is changed or touched; it need not be there yet. May be given several times.",
  },
  accessLog: {
    kind: "switch",
    default: true,
    doc: "Write a line to the log for each request.",
  },
  logLevel: {
    kind: "choice",
    default: "info",
    choices: ["debug", "info", "warn", "error"],
    value: "LEVEL",
    doc: "The least important level that is logged.",
  },
  logFormat: {
    kind: "choice",
    default: "auto",
    choices: ["auto", "text", "json"],
    value: "FORMAT",
    doc: "Log lines for people (text) or one JSON object a line (json); auto is text on a terminal.",
  },
  logFile: {
    kind: "text",
    default: "",
    defaultText: "stdout",
    value: "FILE",
    doc: "Write the log to the end of this file. SIGUSR1 opens it anew, after it has been moved away.",
  },
};

export const settingNames: (keyof Settings)[] = Object.keys(settingsTable) as (keyof Settings)[];

/** Whether a setting may be given several times. */
export function isRepeated({ kind, byPath }: Setting<unknown>): boolean {
  return kind === "list" || kind === "staticMap" || kind === "headers" || byPath !== undefined;
}

/** Whether a setting is a flag without a value, `--name` and `--no-name`. */
export function isFlag({ kind, byPath }: Setting<unknown>): boolean {
  return kind === "auto" || (kind === "switch" && byPath === undefined);
}
