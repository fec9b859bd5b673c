import { printableLines } from "./printable.ts";

/** The codes of all errors that a user can meet. A code never changes and is never reused for another error. */
export const errorCodes = {
  QUINTET_NODE_TOO_OLD: "Node is older than 22.18.",
  QUINTET_NO_NODE: "The Python module `quintet.host` cannot find Node.",
  QUINTET_NO_PACKAGE: "The Python module `quintet.host` cannot find the npm package `quintet`.",
  QUINTET_VERSIONS:
    "The Python package `quintet-wsgi` and the npm package `quintet` have different versions.",
  QUINTET_NODE_FAILED: "Node ended before it could serve the wsgi.ts.",
  QUINTET_EMBEDDED:
    "mod_wsgi runs in embedded mode, which cannot serve an application written in TypeScript.",
  QUINTET_USAGE: "The command line is invalid.",
  QUINTET_SETTING: "A setting does not exist, or its value is invalid.",
  QUINTET_CONFIG: "The config file cannot be loaded, or belongs to another server.",
  QUINTET_NO_TARGET:
    "No target was named, and the folder has none: no wsgi.ts, no manage.py, and no wsgi.py or several.",
  QUINTET_NO_FILE: "A file or folder does not exist.",
  QUINTET_WSGI_FILE: "The wsgi.ts throws an error while it is loaded.",
  QUINTET_WSGI_EXPORT: "The wsgi.ts exports no application.",
  QUINTET_WSGI_PY:
    "`quintet init` found several wsgi.py files, or Python cannot parse the one it found.",
  QUINTET_NO_PYTHON: "No Python interpreter was found.",
  QUINTET_PYTHON_TOO_OLD: "The Python interpreter is older than 3.9.",
  QUINTET_PYTHON_FAILED: "The Python interpreter ended before it had loaded the application.",
  QUINTET_NO_DJANGO: "Django is not installed for the Python interpreter.",
  QUINTET_NO_SETTINGS: "DJANGO_SETTINGS_MODULE is not set.",
  QUINTET_DJANGO_FAILED:
    "Django cannot start: its settings, an app, or its URLs and views cannot be imported.",
  QUINTET_NO_MODULE: "The Python module does not exist.",
  QUINTET_MODULE_FAILED: "The Python module raises an error while it is imported.",
  QUINTET_NO_APPLICATION:
    "The Python module does not define the application, or the factory does not return one.",
  QUINTET_FACTORY_FAILED: "The application factory raised an error.",
  QUINTET_NOT_WSGI:
    "The target is not a WSGI application: it is asynchronous (ASGI), or cannot be called with (environ, start_response).",
  QUINTET_NO_HOOKS:
    "The module of the setting `hooks` defines neither post_fork(worker) nor worker_exit(worker).",
  QUINTET_HOOK_FAILED: "The hook post_fork raised an error, so its worker does not start.",
  QUINTET_BOOT_TIMEOUT:
    "The application, its wsgi.ts or the config file did not load within `bootTimeout`.",
  QUINTET_WARMUP: "A `warmup` request was answered 5xx or cut off, or it hung or ended its worker.",
  QUINTET_CRASH_LOOP: "Workers repeatedly end right after they start.",
  QUINTET_USER: "The server cannot switch to the `user` or the `group`.",
  QUINTET_BIND: "The server cannot listen on an address.",
  QUINTET_LOG_FILE: "The log cannot be written to `logFile`.",
  QUINTET_FILE_EXISTS: "The file already exists. It was not changed.",
  QUINTET_OUTSIDE:
    "The path of the request is not below `mount` or the variable SCRIPT_NAME, where the application is served (404).",
  QUINTET_TIMEOUT:
    "The application exceeded `timeout`: before its response began (504), or between two chunks (the response is cut off).",
  QUINTET_WORKER_DIED:
    "The worker ended while it ran the request (502), or while it sent the response (cut off).",
  QUINTET_PROTOCOL:
    "A process of the server broke the internal protocol. A worker is killed and replaced, and its request gets 502 or is cut off; any other connection is closed.",
  QUINTET_BAD_ANSWER: "The application's response is invalid (502), or incomplete (cut off).",
  QUINTET_QUEUE_FULL: "`backlog` requests are already waiting for a worker (503).",
  QUINTET_QUEUE_TIMEOUT: "The request waited for a worker longer than `queueTimeout` (503).",
  QUINTET_TOO_MANY_CONNECTIONS:
    "More connections are open than `maxConnections` or `maxConnectionsPerClient` allows (503).",
  QUINTET_NO_DESCRIPTOR:
    "The process has reached its limit of open files and sockets. Connections, files and processes cannot be opened until others are closed.",
  QUINTET_BODY_QUOTA:
    "Request bodies together exceed `spoolLimit`, or those of one client exceed half of it (503).",
  QUINTET_BAD_REQUEST: "The request is not valid HTTP, or is ambiguous (400).",
  QUINTET_CLIENT_SLOW:
    "The client sent the head of its request more slowly than `headerTimeout` allows, sent nothing of the body for `bodyTimeout`, or was slower than `bodyMinRate` (408).",
  QUINTET_SEND_TIMEOUT:
    "The client read nothing of its response for `sendTimeout`, or was slower than `sendMinRate`. Its connection was reset.",
  QUINTET_BODY_TOO_LARGE: "The request body is larger than `limitRequestBody` (413).",
  QUINTET_LINE_TOO_LONG: "The request line is longer than `limitRequestLine` (414).",
  QUINTET_EXPECTATION: "The request has an Expect header other than 100-continue (417).",
  QUINTET_FIELDS_TOO_LARGE:
    "The request has more header fields than `limitRequestFields`, or larger ones than `limitRequestFieldSize` (431).",
  QUINTET_NOT_IMPLEMENTED: "The method or the transfer coding is not supported (501).",
  QUINTET_HTTP_VERSION: "The HTTP version of the request is not 1.0 or 1.1 (505).",
  QUINTET_FILE_UNAVAILABLE:
    "A file cannot be opened now: its file system does not respond, or no file descriptor is left (503).",
  QUINTET_FILE_FORBIDDEN: "The server's user may not read the file (403).",
  QUINTET_FILE_FAILED: "The file system reported an error (500).",
  QUINTET_STOPPING: "The server or the application is stopping (503).",
  QUINTET_CONTROL: "A server cannot be reached through its control socket, or no server runs.",
  QUINTET_PARENT:
    "The installed version cannot run under the master process that is running. Restart the server.",
  QUINTET_CLOSED: "The application was used after close().",
  QUINTET_BODY_USED: "Something in front of the application has already read the request body.",
} as const;

/** The code of an error. It keeps its meaning in every version. */
export type ErrorCode = keyof typeof errorCodes;

/** An error with a stable `code`, a `message` that says what is wrong, and `advice` that says what to do. */
export class QuintetError extends Error {
  /** Which error it is. A code keeps its meaning in every version. */
  readonly code: ErrorCode;
  /** What to do about it; may be empty. */
  readonly advice: string;
  /** Further lines to show, such as a Python traceback; may be empty. */
  readonly detail: string;

  constructor(
    code: ErrorCode,
    message: string,
    options: { advice?: string; detail?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "QuintetError";
    this.code = code;
    this.advice = options.advice ?? "";
    this.detail = options.detail ?? "";
  }
}

/** The text of an error for a terminal. */
export function explain(error: unknown): string {
  return printableLines(explanation(error));
}

function explanation(error: unknown): string {
  if (!(error instanceof QuintetError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const lines = [`quintet: ${error.code}: ${error.message}`];
  if (error.detail) lines.push("", ...error.detail.split("\n").map((line) => `  ${line}`), "");
  if (error.advice) lines.push(...error.advice.split("\n").map((line) => `  ${line}`));
  return lines.join("\n");
}

/** The code of a system error, such as `ENOENT`; undefined for another error. */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
