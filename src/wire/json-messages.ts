/**
 * The JSON payloads. `MESSAGES` lists them, and `npm run docs` generates the types in python/quintet/wire/messages.py from it,
 * so that mypy checks what Python sends and reads.
 */
import { isHost } from "../shared/host.ts";
import {
  type FieldsOf,
  type Fits,
  hasFields,
  isListOf,
  isNumber,
  isOneOf,
  isPid,
  isSwitch,
  isText,
  isTextThat,
  isWhole,
  orMissing,
  orNull,
} from "../shared/message-shape.ts";
import { START_UPS } from "./start-up.ts";

/** What a connection carries. A lifeline carries nothing. "output" is closed once the front has opened the process' pipes. */
export type Carries = "requests" | "answers" | "lifeline" | "output" | "orders";

/** HELLO: who connects. */
export interface Hello {
  /** The number of the worker; 0 for a zygote. */
  id: number;
  /** The secret that the process was started with. */
  token: string;
  pid: number;
  carries: Carries;
}

export const HELLO: FieldsOf<Hello> = {
  id: isWhole(0),
  token: isText,
  pid: isPid,
  carries: isOneOf("requests", "answers", "lifeline", "output", "orders"),
};

/** A path below the URL of a mount that the application answers. */
export interface LeftPath {
  /** How the path continues below the mount's URL; empty for the whole mount. */
  below: string;
  /** Only that path, not the paths below it. */
  exact: boolean;
  /** The route, middleware or setting that answers it, for people. */
  why: string;
}

/** A folder of files that a Django project's settings name. */
export interface ReportedMount {
  /** Begins and ends with a slash. */
  url: string;
  root: string;
  kind: "static" | "media";
  /** The URL begins where the application is mounted. */
  relative?: boolean;
  /** The paths that the project answers itself. */
  left?: LeftPath[];
}

/** READY of a worker: it has imported the application. */
export interface WorkerFacts {
  /** `Python` or `Node`. */
  runtime: string;
  /** The path of the interpreter. */
  python: string;
  version: string;
  importMs: number;
  /** A library, such as gevent, that has replaced threads. The worker then runs one request at a time. */
  greenlets?: string;
  /** Django's version, if the application uses it. */
  django?: string;
  static?: ReportedMount[];
  /** The variable SCRIPT_NAME after the import. */
  scriptName?: string;
  /** Django's FORCE_SCRIPT_NAME. */
  forced?: string;
  /** The project's own URLs begin with `forced`. */
  forcedInUrls?: boolean;
  /** A host that Django accepts. */
  host?: string;
  /** Django redirects http to https. */
  secure?: boolean;
  /** For the log. */
  warnings?: string[];
}

const LEFT_PATH: FieldsOf<LeftPath> = { below: isText, exact: isSwitch, why: isText };
const REPORTED_MOUNT: FieldsOf<ReportedMount> = {
  url: isText,
  root: isText,
  kind: isOneOf("static", "media"),
  relative: orMissing(isSwitch),
  left: orMissing(isListOf(hasFields(LEFT_PATH))),
};
export const WORKER_FACTS: FieldsOf<WorkerFacts> = {
  runtime: isText,
  python: isText,
  version: isText,
  importMs: isNumber,
  greenlets: orMissing(isText),
  django: orMissing(isText),
  static: orMissing(isListOf(hasFields(REPORTED_MOUNT))),
  scriptName: orMissing(isText),
  forced: orMissing(isText),
  forcedInUrls: orMissing(isSwitch),
  host: orMissing(isTextThat(isHost)),
  secure: orMissing(isSwitch),
  warnings: orMissing(isListOf(isText)),
};

/** READY from a zygote: what the import has left in the process that forks workers. */
export interface Imported {
  /** The names of running threads. */
  threads: string[];
  /** Open resources and child processes that forked workers cannot share. */
  open: string[];
  /** Functions of the project, registered with atexit, that run when the zygote ends and not in each worker. */
  once: string[];
}

export const IMPORTED: FieldsOf<Imported> = {
  threads: isListOf(isText),
  open: isListOf(isText),
  once: isListOf(isText),
};

/** FAILED: why a process could not import the application. */
export interface WorkerFailure {
  code: string;
  message: string;
  trace: string;
  /** The path of the interpreter. */
  python: string;
}

export const WORKER_FAILURE: FieldsOf<WorkerFailure> = {
  code: isText,
  message: isText,
  trace: isText,
  python: isText,
};

/** LOG: a record for the log. */
export interface WorkerRecord {
  level: string;
  text: string;
}

export const WORKER_RECORD: FieldsOf<WorkerRecord> = { level: isText, text: isText };

/** FORKED: a zygote has forked a worker. With `error` it could not, and the pid is 0. */
export interface Forked {
  id: number;
  pid: number;
  error?: string;
}

export const FORKED: FieldsOf<Forked> = { id: isWhole(1), pid: isPid, error: orMissing(isText) };
export const NOT_FORKED: FieldsOf<Forked> = { ...FORKED, pid: isWhole(0) };

/** EXITED: how a forked worker has ended. Both null if that is unknown. */
export interface Exited {
  pid: number;
  code: number | null;
  /** Such as `SIGKILL`. */
  signal: string | null;
}

export const EXITED: FieldsOf<Exited> = {
  pid: isPid,
  code: orNull(isWhole(0, 255)),
  signal: orNull(isText),
};

/** CALL_FAILED: why a call has no response. */
export interface CallFailed {
  /** The HTTP status to answer with. */
  status: number;
  code: string;
  message: string;
}

const CALL_FAILED: FieldsOf<CallFailed> = { status: isNumber, code: isText, message: isText };

/** All of them, by the names of their types. */
export const MESSAGES: Record<string, Record<string, Fits>> = {
  Hello: HELLO,
  LeftPath: LEFT_PATH,
  ReportedMount: REPORTED_MOUNT,
  WorkerFacts: WORKER_FACTS,
  Imported: IMPORTED,
  WorkerFailure: WORKER_FAILURE,
  WorkerRecord: WORKER_RECORD,
  Forked: FORKED,
  Exited: EXITED,
  CallFailed: CALL_FAILED,
  ...START_UPS,
};
