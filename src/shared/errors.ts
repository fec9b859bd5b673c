import { printableLines } from "./printable.ts";

/** Every error a user can meet has a code that stays the same and is never used again for something else. */
export const errorCodes = {
  QUINTET_NODE_TOO_OLD: "Node is older than 22.18.",
  QUINTET_NO_NODE: "The Python module `quintet.host` finds no Node.",
  QUINTET_NO_PACKAGE: "The Python module `quintet.host` finds no npm package `quintet`.",
  QUINTET_VERSIONS:
    "The Python package `quintet-wsgi` and the npm package `quintet` differ in version.",
  QUINTET_NODE_FAILED: "Node ended before it could serve the wsgi.ts.",
  QUINTET_EMBEDDED: "A TypeScript application cannot be served in mod_wsgi's embedded mode.",
  QUINTET_USAGE: "The command line is not understood.",
  QUINTET_SETTING: "There is no such setting, or it has a value it cannot have.",
  QUINTET_CONFIG: "The config file cannot be loaded, or is another server's.",
  QUINTET_NO_TARGET:
    "There is nothing to serve: no wsgi.ts, no manage.py, no wsgi.py (or several), and none was named.",
  QUINTET_NO_FILE: "The file that was named is not there.",
  QUINTET_WSGI_FILE: "The wsgi.ts throws when it is loaded.",
  QUINTET_WSGI_EXPORT: "The wsgi.ts exports no application that can be served.",
  QUINTET_WSGI_PY:
    "`quintet init` finds several wsgi.py, or the Python cannot read the one there is.",
  QUINTET_NO_PYTHON: "No Python interpreter was found.",
  QUINTET_PYTHON_TOO_OLD: "The Python interpreter is older than 3.9.",
  QUINTET_PYTHON_FAILED: "The Python interpreter ended before the application was loaded.",
  QUINTET_NO_DJANGO: "The Python interpreter that was found has no Django.",
  QUINTET_NO_SETTINGS: "DJANGO_SETTINGS_MODULE is not set.",
  QUINTET_DJANGO_FAILED:
    "Django does not start: its settings, an app, or its URLs with their views, do not import.",
  QUINTET_NO_MODULE: "There is no Python module of that name.",
  QUINTET_MODULE_FAILED: "The Python module does not import.",
  QUINTET_NO_APPLICATION: "The Python module has no such application, or its factory returns none.",
  QUINTET_FACTORY_FAILED: "The factory that is to make the application raises.",
  QUINTET_NOT_WSGI:
    "What was named is not a WSGI application: it is asynchronous (ASGI), or is not called with (environ, start_response).",
  QUINTET_NO_HOOKS:
    "The module that `hooks` names has no post_fork(worker) and no worker_exit(worker).",
  QUINTET_HOOK_FAILED: "The hook post_fork has raised, and its worker does not start.",
  QUINTET_BOOT_TIMEOUT:
    "The application, its wsgi.ts or the config file was not loaded within `bootTimeout`.",
  QUINTET_WARMUP: "A request of `warmup` was answered 5xx, broke off, hung or ended its worker.",
  QUINTET_CRASH_LOOP: "Workers end again and again right after their start.",
  QUINTET_USER: "The server cannot become the `user` or the `group` that is set.",
  QUINTET_BIND: "An address cannot be listened on.",
  QUINTET_LOG_FILE: "The log cannot be written to the file that `logFile` names.",
  QUINTET_FILE_EXISTS: "The file is there already, and is left as it is.",
  QUINTET_OUTSIDE:
    "The path of the request is not below `mount` or the variable SCRIPT_NAME, where the application is (404).",
  QUINTET_TIMEOUT:
    "The application took longer than `timeout`: to its answer (504), or between two pieces of it (cut short).",
  QUINTET_WORKER_DIED:
    "The worker ended while it ran the request (502), or while it sent the answer (cut short).",
  QUINTET_PROTOCOL:
    "A process of the server sent what its protocol does not allow. A worker is killed and replaced, and its request gets 502 or is cut short; any other connection is closed.",
  QUINTET_BAD_ANSWER:
    "The application's answer cannot be sent (502), or ends before its end (cut short).",
  QUINTET_QUEUE_FULL: "More requests wait for a worker than `backlog` allows (503).",
  QUINTET_QUEUE_TIMEOUT: "The request waited for a worker longer than `queueTimeout` (503).",
  QUINTET_TOO_MANY_CONNECTIONS:
    "More connections are open than `maxConnections`, or `maxConnectionsPerClient`, allows (503).",
  QUINTET_NO_DESCRIPTOR:
    "The process has as many files and sockets open as it may: connections, files or processes fail until some are closed.",
  QUINTET_BODY_QUOTA:
    "Request bodies together hold more than `spoolLimit`, or those of one client more than half of it (503).",
  QUINTET_BAD_REQUEST: "The request is not valid HTTP, or may mean two things (400).",
  QUINTET_CLIENT_SLOW:
    "The head of a request took longer than `headerTimeout`, nothing of its body came for `bodyTimeout`, or less than `bodyMinRate` (408).",
  QUINTET_SEND_TIMEOUT:
    "A client took nothing of its answer for `sendTimeout`, or less than `sendMinRate`; its connection was reset.",
  QUINTET_BODY_TOO_LARGE: "The request's body is larger than `limitRequestBody` (413).",
  QUINTET_LINE_TOO_LONG: "The request line is longer than `limitRequestLine` (414).",
  QUINTET_EXPECTATION: "The request expects something other than 100-continue (417).",
  QUINTET_FIELDS_TOO_LARGE:
    "The request has more header fields than `limitRequestFields`, or larger ones than `limitRequestFieldSize` (431).",
  QUINTET_NOT_IMPLEMENTED: "The method, or the transfer coding, is not known (501).",
  QUINTET_HTTP_VERSION: "The request is of another version than HTTP/1.0 or HTTP/1.1 (505).",
  QUINTET_FILE_UNAVAILABLE:
    "A file cannot be opened now: its file system does not answer, or no file descriptor is left (503).",
  QUINTET_FILE_FORBIDDEN: "The user of the server may not read the file (403).",
  QUINTET_FILE_FAILED: "The file system reports an error (500).",
  QUINTET_STOPPING: "The server, or the application, is being stopped (503).",
  QUINTET_CONTROL: "A server cannot be reached by its control socket, or there is none.",
  QUINTET_PARENT: "The version that is on disk now does not work under the running master.",
  QUINTET_CLOSED: "The application was used after close().",
  QUINTET_BODY_USED:
    "The request's body has been read already, by something in front of the application.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An error of Quintet's own: `code` is stable, `message` names what was wrong, `advice` says what to do. */
export class QuintetError extends Error {
  readonly code: ErrorCode;
  readonly advice: string;
  /** More lines to show, such as Python's own traceback. */
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

/** The error as a person reads it on a terminal. */
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

/** The code of a system error (`ENOENT`, `ECONNREFUSED` …), if it has one. */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
