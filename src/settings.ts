import { cpus, tmpdir } from "node:os";
import { defaultControlFolder } from "./control/folder.ts";
import { type ByPath, isPattern, PATTERN_FORMS } from "./by-path.ts";
import { QuintetError } from "./errors.ts";
import { ADDRESS_FORMS, parseAddress } from "./front/bind.ts";
import type { LogFormat, LogLevel } from "./log-style.ts";
import { parseWorkers, type Workers, WORKERS_FORMS } from "./worker-range.ts";

/** All settings of the server, as a config file gives them. Durations are seconds, sizes are bytes. */
export interface Settings {
  /** Addresses to listen on: `host:port`, `:port`, `[::1]:port`, `unix:/path`. */
  bind: string[];
  /** Worker processes: a number, or a range (`{ min: 2, max: 8 }`) that is moved in by how long requests wait. */
  workers: Workers;
  /** Seconds after which a worker that has had nothing to do leaves, where there may be fewer. */
  workersIdle: number;
  /** Threads of a worker, each running one request. */
  threads: number;
  /** Front processes, each with its share of the workers. */
  fronts: number;
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
  /** Seconds that running requests are given when the server stops. */
  gracefulTimeout: number;
  /** Seconds an idle connection of a client is kept open. */
  keepAlive: number;
  /** Seconds a client may take to send the head of a request; 0 for no limit. */
  headerTimeout: number;
  /** Seconds between two pieces of a request body; 0 for no limit. */
  bodyTimeout: number;
  /** Bytes of a request line; 0 for no limit. */
  limitRequestLine: number;
  /** Header fields of a request; 0 for no limit. */
  limitRequestFields: number;
  /** Bytes of a header field, name and value; 0 for no limit. */
  limitRequestFieldSize: number;
  /** Bytes of a request body; 0 for no limit. */
  limitRequestBody: number;
  /** Requests that may wait for a worker; one more is answered 503. */
  backlog: number;
  /** Seconds a request may wait for a worker before it is answered 503. */
  queueTimeout: number;
  /** Workers that are kept for the requests of these paths: `{ "/healthz": 1, "/admin/*": 1 }`. */
  keepWorkers: Readonly<Record<string, number>>;
  /** The front itself answers this path 200, whatever the workers do; empty for none. */
  livenessPath: string;
  /** The folder to change to before anything is loaded. */
  chdir: string;
  /** Environment variables for the application, `NAME=value`. */
  env: string[];
  /** The Python to use: a program, or a command such as `opentelemetry-instrument python`. */
  python: string;
  /** Import a Python application once, and fork its workers. */
  preload: boolean;
  /** A Python module with `post_fork(worker)`, `worker_exit(worker)` or both; empty for none. */
  hooks: string;
  /** Seconds a process may take to load the application; 0 for no limit. */
  bootTimeout: number;
  /** Serve STATIC_ROOT and MEDIA_ROOT of a Django project from the front. */
  static: boolean;
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

type Kind = "text" | "list" | "whole" | "workers" | "seconds" | "bytes" | "switch" | "choice";

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
  /** It may have a value for all paths, or values by pattern; or the latter alone. */
  byPath?: true | "only";
  doc: string;
}

/** Every setting, once: flags, environment, config file, `--help` and docs/reference/settings.md come from here. */
export const settingsTable: { [Name in keyof Settings]: Setting<Settings[Name]> } = {
  bind: {
    kind: "list",
    default: ["127.0.0.1:8000"],
    value: "ADDRESS",
    short: "b",
    doc: `Listen here: ${ADDRESS_FORMS}. May be given several times.`,
  },
  workers: {
    kind: "workers",
    default: Math.max(2, cpus().length),
    defaultText: "the number of CPUs, at least 2",
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
    doc: "Front processes. Each takes its share of the connections, and has its share of the workers, of `backlog` and of `spoolLimit`. One is enough until it needs a whole CPU: see its CPU time, not that of the workers.",
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
    doc: "How long running requests are given to finish when the server is stopped.",
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
    default: 0,
    value: "BYTES",
    doc: "What a request body may have. A larger one is answered 413: before it is sent, if its length is announced, else as soon as it exceeds this. 0 for no limit; then spoolLimit is one for all bodies together.",
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
  livenessPath: {
    kind: "text",
    default: "",
    defaultText: "none",
    value: "PATH",
    doc: "The front answers this path itself, 200 to GET and HEAD, whatever the workers do: for probes that ask whether the server is to be restarted. Whether it can serve, a request to the application tells.",
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
    doc: "Set an environment variable for the application. May be given several times.",
  },
  python: {
    kind: "text",
    default: "",
    defaultText: "VIRTUAL_ENV, then .venv or venv beside the project, then python3",
    value: "COMMAND",
    doc: 'The Python that runs the application: a program, or a command such as "opentelemetry-instrument python".',
  },
  preload: {
    kind: "switch",
    default: process.platform === "linux",
    defaultText: "true on Linux, false elsewhere",
    doc: "Import a Python application once, in a process of its own, and fork the workers from it: they start in milliseconds and share memory. Workers are fresh processes all the same if threads run after the import.",
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
    doc: "How long a worker may take to load the application. Then it has failed to start, and where it hangs is shown. 0 for no limit.",
  },
  static: {
    kind: "switch",
    default: true,
    doc: "Serve the files of STATIC_ROOT and MEDIA_ROOT of a Django project without troubling a worker.",
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
    doc: "What all bodies may take together, in memory and in temporary files. A request beyond it is answered 503; responses may use half of it.",
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
    doc: "The folder for temporary files.",
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
  return kind === "list" || byPath !== undefined;
}

/** `gracefulTimeout` as the flag `graceful-timeout`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `gracefulTimeout` as the variable `QUINTET_GRACEFUL_TIMEOUT`. */
export function variableName(name: string): string {
  return `QUINTET_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}

export function defaultSettings(): Settings {
  const pairs = settingNames.map((name) => [name, settingsTable[name].default]);
  return Object.fromEntries(pairs) as unknown as Settings;
}

/** Settings from variables such as QUINTET_WORKERS. */
export function settingsFromEnvironment(env: NodeJS.ProcessEnv): Partial<Settings> {
  const found: Record<string, unknown> = {};
  for (const name of settingNames) {
    const text = env[variableName(name)];
    if (text === undefined) continue;
    const value = isRepeated(settingsTable[name]) ? text.split(/[\s,]+/).filter(Boolean) : text;
    found[name] = checkSetting(name, value, variableName(name));
  }
  return found as Partial<Settings>;
}

/**
 * Settings from a config file, or from another object.
 *
 * @throws {QuintetError} QUINTET_SETTING for an unknown name or a wrong value
 */
export function checkSettings(values: object, source: string): Partial<Settings> {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(settingsTable, name)) {
      const message = `${source}: there is no setting ${JSON.stringify(name)}.`;
      throw new QuintetError("QUINTET_SETTING", message, {
        advice: `Settings are: ${settingNames.join(", ")}.`,
      });
    }
    if (value !== undefined) checked[name] = checkSetting(name as keyof Settings, value, source);
  }
  return checked as Partial<Settings>;
}

/** Less than any worker has: whoever says so means megabytes, as uWSGI does. */
const LEAST_MEMORY = 1024 * 1024;

/**
 * See to it that settings fit each other.
 *
 * @throws {QuintetError} QUINTET_SETTING
 */
export function checkTogether(settings: Settings): void {
  const { maxMemory, maxMemoryHard } = settings;
  for (const [name, bytes] of Object.entries({ maxMemory, maxMemoryHard })) {
    if (bytes === 0 || bytes >= LEAST_MEMORY) continue;
    const message = `${name} is ${bytes} bytes, which is less than any worker uses.`;
    throw new QuintetError("QUINTET_SETTING", message, {
      advice: `For ${bytes} megabytes say ${bytes}m on the command line, ${bytes} * 1024 ** 2 in a config file.`,
    });
  }
  if (maxMemoryHard === 0 || maxMemoryHard > maxMemory) return;
  const message = `maxMemoryHard (${maxMemoryHard} bytes) should be more than maxMemory (${maxMemory} bytes).`;
  throw new QuintetError("QUINTET_SETTING", message, {
    advice:
      "Above maxMemory a worker is replaced between two requests, above maxMemoryHard it is killed.",
  });
}

/**
 * A value as its setting wants it, from text or from a value of the right type.
 *
 * @throws {QuintetError} QUINTET_SETTING, naming the setting, its source, the value and what would be right
 */
export function checkSetting(name: keyof Settings, value: unknown, source: string): unknown {
  return settingsTable[name].byPath
    ? checkByPath(name, value, source)
    : checkValue(name, value, source);
}

/** A value for all paths stays one; else a record. On the command line it is a list of texts: `/upload/*=false`, `true`. */
function checkByPath(name: keyof Settings, value: unknown, source: string): unknown {
  let pairs: [string, unknown][];
  if (Array.isArray(value)) {
    pairs = value.map((text: string) => {
      const mark = text.lastIndexOf("=");
      return mark < 0 ? ["*", text] : [text.slice(0, mark), text.slice(mark + 1)];
    });
  } else if (typeof value === "object" && value !== null) pairs = Object.entries(value);
  else pairs = [["*", value]];
  const only = settingsTable[name].byPath === "only";
  const checked = pairs.map(([pattern, each]) => {
    if (only && pattern === "*") refuse(name, each, "for a path, such as /healthz=1", source);
    if (!isPattern(pattern)) refuse(name, pattern, `for ${PATTERN_FORMS}`, source);
    return [pattern, checkValue(name, each, source)];
  });
  const record = Object.fromEntries(checked) as Record<string, unknown>;
  return checked.every(([pattern]) => pattern === "*") && checked.length > 0 ? record["*"] : record;
}

function refuse(name: keyof Settings, wrong: unknown, expected: string, source: string): never {
  const message = `${source}: ${name} is ${JSON.stringify(wrong)}, and should be ${expected}.`;
  throw new QuintetError("QUINTET_SETTING", message);
}

function checkValue(name: keyof Settings, value: unknown, source: string): unknown {
  const setting: Setting<unknown> = settingsTable[name];
  const refused = (expected: string, wrong: unknown = value): never =>
    refuse(name, wrong, expected, source);
  switch (setting.kind) {
    case "text":
      if (typeof value !== "string") return refused("a text");
      return name === "livenessPath" && !/^(\/[^*?#]*)?$/.test(value)
        ? refused("a path, such as /livez")
        : value;
    case "list": {
      const list = typeof value === "string" ? [value] : value;
      const good = Array.isArray(list) && list.every((each) => typeof each === "string");
      if (!good) return refused("a list of texts");
      const wrong = list.find((each: string) => !isItem(name, each));
      if (wrong !== undefined) return refused(EXPECTED_ITEM[name] as string, wrong);
      return name === "bind" && list.length === 0 ? refused(EXPECTED_ITEM.bind as string) : list;
    }
    case "choice":
      return setting.choices?.includes(value as string)
        ? value
        : refused(`one of ${setting.choices?.join(", ")}`);
    case "switch": {
      if (typeof value === "boolean") return value;
      if (value === "1" || value === "true" || value === "yes") return true;
      if (value === "0" || value === "false" || value === "no") return false;
      return refused("true or false");
    }
    case "workers":
      return parseWorkers(value) ?? refused(WORKERS_FORMS);
    default: {
      const number = typeof value === "number" ? value : parseNumber(value, setting.kind);
      const min = setting.min ?? 0;
      const max = setting.max ?? (setting.kind === "seconds" ? 86_400 : Number.MAX_SAFE_INTEGER);
      const whole = setting.kind === "seconds" || Number.isInteger(number);
      if (!(number >= min && number <= max) || !whole) {
        const what = {
          whole: "a whole number",
          seconds: "seconds",
          bytes: "bytes, such as 65536 or 64k",
        };
        return refused(`${what[setting.kind]} from ${min} to ${max}`);
      }
      return number;
    }
  }
}

/** What an element of a list should be. */
const EXPECTED_ITEM: { [Name in keyof Settings]?: string } = {
  bind: ADDRESS_FORMS,
  env: "NAME=value",
};

function isItem(name: keyof Settings, text: string): boolean {
  if (name === "bind") return parseAddress(text) !== null;
  return name !== "env" || /^[^=]+=/.test(text);
}

function parseNumber(value: unknown, kind: Kind): number {
  if (typeof value !== "string") return Number.NaN;
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(value.trim());
  if (!match || (match[2] && kind !== "bytes")) return Number.NaN;
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] as string).toLowerCase()];
  return Number(match[1]) * (unit as number);
}
