import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { QuintetError } from "../../shared/errors.ts";
import {
  checkShape,
  type Fits,
  hasFields,
  isListOf,
  isOneOf,
  isRecord,
  isSwitch,
  isText,
  isWhole,
  orNull,
  parseJson,
} from "../../shared/message-shape.ts";
import { pythonPackage } from "../../shared/python-package.ts";
import { findInterpreter } from "../../config/interpreter.ts";

/** A place in a file, relative to the project's folder. */
export interface Line {
  line: number;
  text: string;
}

/** A variable that a wsgi.py sets to a string: always if `forced`, otherwise only if it is not set yet. */
export interface Variable {
  name: string;
  value: string;
  forced: boolean;
  line: number;
}

/** A wsgi.py as python/quintet/project reads it. */
export interface WsgiPy {
  path: string;
  /** The folder that it is imported from. */
  root: string;
  module: string;
  /** The name of the application; null if it defines none. */
  application: string | null;
  /** The settings module that it names literally. */
  settings: string | null;
  variables: Variable[];
  /** Statements that `django-admin startproject` does not write. */
  extra: Line[];
  broken: { line: number | null; what: string; text: string } | null;
}

/** A file that configures how the project is served so far. */
export interface DeploymentFile {
  path: string;
  kind: "procfile" | "gunicorn" | "uwsgi" | "service" | "supervisor" | "docker" | "env";
  settings: { value: string; line: number }[];
  modules: string[];
  /** Whether it starts or configures another server. */
  serves: boolean;
  options: string[];
}

/** A value in a settings module; null if it is computed. */
interface SettingsValue {
  value: unknown;
  path: string;
  line: number;
}

/** Everything known about a project without running any of it. */
export interface ProjectFacts {
  /** The Python that read the project. */
  python: string;
  manage: { settings: string | null; line: number | null; broken: string | null } | null;
  wsgi: WsgiPy[];
  files: DeploymentFile[];
  /** By module; null for a module that was not found. */
  settings: Record<string, { debug: SettingsValue | null; wsgi: string | null } | null>;
}

const isLine = orNull(isWhole(0));
const isValue = hasFields({ value: () => true, path: isText, line: isWhole(1) });
const SHAPE: Record<string, Fits> = {
  python: isText,
  manage: orNull(hasFields({ settings: orNull(isText), line: isLine, broken: orNull(isText) })),
  wsgi: isListOf(
    hasFields({
      path: isText,
      root: isText,
      module: isText,
      application: orNull(isText),
      settings: orNull(isText),
      variables: isListOf(
        hasFields({ name: isText, value: isText, forced: isSwitch, line: isWhole(1) }),
      ),
      extra: isListOf(hasFields({ line: isWhole(1), text: isText })),
      broken: orNull(hasFields({ line: isLine, what: isText, text: isText })),
    }),
  ),
  files: isListOf(
    hasFields({
      path: isText,
      kind: isOneOf("procfile", "gunicorn", "uwsgi", "service", "supervisor", "docker", "env"),
      settings: isListOf(hasFields({ value: isText, line: isWhole(1) })),
      modules: isListOf(isText),
      serves: isSwitch,
      options: isListOf(isText),
    }),
  ),
  settings: (value) =>
    isRecord(value) &&
    Object.values(value).every(orNull(hasFields({ debug: orNull(isValue), wsgi: orNull(isText) }))),
};

const PYTHON_TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Read a project with its own Python, without running any of it.
 *
 * @param named the setting `python`
 * @throws {QuintetError} QUINTET_NO_PYTHON, QUINTET_PYTHON_TOO_OLD, QUINTET_PYTHON_FAILED
 */
export function readProject(folder: string, named: string | null): ProjectFacts {
  const { command } = findInterpreter(named, [folder, process.cwd()], process.env);
  const [program = "", ...before] = command.slice(0, -1);
  // Imports neither the project's modules nor site-packages.
  const flags = ["-I", "-S", "-X", "utf8", join(pythonPackage, "project"), folder];
  const asked = spawnSync(program, [...before, ...flags], {
    encoding: "utf8",
    timeout: PYTHON_TIMEOUT_MS,
    maxBuffer: MAX_ANSWER_BYTES,
  });
  if (asked.status === 0) return checkShape(parseJson(asked.stdout, "that"), "that", SHAPE);
  const stderr = asked.stderr ?? "";
  const tooOld = /^QUINTET_PYTHON_TOO_OLD: (.*)$/m.exec(stderr)?.[1];
  if (tooOld !== undefined) {
    throw new QuintetError("QUINTET_PYTHON_TOO_OLD", tooOld, {
      advice: "Name a newer one with --python.",
    });
  }
  const how = asked.error?.message ?? asked.signal ?? `exit status ${asked.status}`;
  throw new QuintetError("QUINTET_PYTHON_FAILED", `${program} cannot read ${folder}: ${how}.`, {
    detail: stderr.trim(),
  });
}
