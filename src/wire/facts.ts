import { isHost } from "../shared/host.ts";
import {
  checkShape,
  type Fits,
  hasFields,
  isListOf,
  isNumber,
  isOneOf,
  isPid,
  isRecord,
} from "../shared/message-shape.ts";
import {
  isSwitch,
  isText,
  isWhole,
  orMissing,
  orNull,
  parseJson,
} from "../shared/message-shape.ts";

/** Something below a mount that the application answers. */
export interface LeftPath {
  /** How the path goes on after the URL of the mount; empty for all of it. */
  below: string;
  /** Only that path, and nothing that it begins. */
  exact: boolean;
  /** The route, the middleware or the setting, in words. */
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
  /** What of it the project answers. */
  left?: LeftPath[];
}

/** What a worker says of itself once it has imported the application. */
export interface WorkerFacts {
  /** What runs it: `Python` or `Node`. */
  runtime: string;
  /** The interpreter. */
  python: string;
  version: string;
  importMs: number;
  /** A library that has replaced threads, such as gevent: one of them runs requests, whatever is wanted. */
  greenlets?: string;
  django?: string;
  static?: ReportedMount[];
  /** The variable SCRIPT_NAME, as the application has it once it is loaded. */
  scriptName?: string;
  /** Django's FORCE_SCRIPT_NAME, unless there is none. */
  forced?: string;
  /** Its URLs begin with that themselves. */
  forcedInUrls?: boolean;
  /** The host that Django answers to, and whether it redirects http to https. */
  host?: string;
  secure?: boolean;
  /** What its owner should know. */
  warnings?: string[];
}

/** Why a worker could not import the application. */
export interface WorkerFailure {
  code: string;
  message: string;
  trace: string;
  python: string;
}

/** It has broken the protocol before it said any of that. */
export function brokenAtStart({ message }: Error): WorkerFailure {
  const told = `The process broke the protocol of its start: ${message}.`;
  return { code: "QUINTET_PROTOCOL", message: told, trace: "", python: "" };
}

/** A record of a worker for the log. */
export interface WorkerRecord {
  level: string;
  text: string;
}

const isLeft = hasFields({ below: isText, exact: isSwitch, why: isText });
const isMount = hasFields({
  url: isText,
  root: isText,
  kind: isOneOf("static", "media"),
  relative: orMissing(isSwitch),
  left: orMissing(isListOf(isLeft)),
});

const FACTS: Record<string, Fits> = {
  runtime: isText,
  python: isText,
  version: isText,
  importMs: isNumber,
  greenlets: orMissing(isText),
  django: orMissing(isText),
  static: orMissing(isListOf(isMount)),
  scriptName: orMissing(isText),
  forced: orMissing(isText),
  forcedInUrls: orMissing(isSwitch),
  host: orMissing((value) => typeof value === "string" && isHost(value)),
  secure: orMissing(isSwitch),
  warnings: orMissing(isListOf(isText)),
};

const FAILURE: Record<string, Fits> = {
  code: isText,
  message: isText,
  trace: isText,
  python: isText,
};

// Each throws QUINTET_PROTOCOL for what is something else.

export function readFacts(text: string): WorkerFacts {
  return checkShape(parseJson(text, "READY"), "READY", FACTS);
}

export function readFailure(text: string): WorkerFailure {
  return checkShape(parseJson(text, "FAILED"), "FAILED", FAILURE);
}

export function readRecord(text: string): WorkerRecord {
  return checkShape(parseJson(text, "LOG"), "LOG", { level: isText, text: isText });
}

/** What an import has left in the process from which workers are to be forked. */
export interface Imported {
  /** The threads that run. */
  threads: string[];
  /** What is open, or runs beside it, that forked workers would share to harm. */
  open: string[];
  /** Functions of the project, registered with atexit, that run when this process ends and not in each worker. */
  once: string[];
}

const IMPORTED: Record<string, Fits> = {
  threads: isListOf(isText),
  open: isListOf(isText),
  once: isListOf(isText),
};

export function readImported(text: string): Imported {
  return checkShape(parseJson(text, "READY"), "READY", IMPORTED);
}

/** A worker that runs now, or why there is none. */
export function readForked(text: string): { id: number; pid: number; error?: string } {
  const value = parseJson(text, "FORKED");
  const pid = isRecord(value) && value.error !== undefined ? isWhole(0) : isPid;
  return checkShape(value, "FORKED", { id: isWhole(1), pid, error: orMissing(isText) });
}

/** How a worker has ended; neither where that is not known. */
export function readExited(text: string): {
  pid: number;
  code: number | null;
  signal: string | null;
} {
  return checkShape(parseJson(text, "EXITED"), "EXITED", {
    pid: isPid,
    code: orNull(isWhole(0, 255)),
    signal: orNull(isText),
  });
}
