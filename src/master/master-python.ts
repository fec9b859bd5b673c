import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Deployment } from "../config/deployment.ts";
import { findInterpreter } from "../config/interpreter.ts";
import { pythonPackage } from "../shared/python-package.ts";

/** Prints the path of the interpreter itself, behind a wrapper such as pyenv's, if it is new enough. */
const PROBE_CODE = "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')";
const PROBE_TIMEOUT_MS = 5000;
/** A program with such a name is assumed to be Python, because starting it to find out would take time. */
const NAMED_PYTHON = /\/python3?(\.\d+)?$/;

/**
 * The Python that runs the master: the application's, otherwise the first one on the path. Null if none is new enough.
 */
export function masterPython({ settings, served }: Deployment): string | null {
  // A Python application needs this interpreter in any case, and its start reports what is wrong with it.
  const own = served.inner === null ? programOf(settings.python, served) : null;
  if (own !== null && NAMED_PYTHON.test(own)) return own;
  for (const named of [settings.python, null, "python3"]) {
    const python = probe(programOf(named, served));
    if (python !== null) return python;
  }
  return null;
}

/** The program to start; null if there is none, or if the command has arguments. */
function programOf(
  named: string | null,
  { project, cwd, env, origin }: Deployment["served"],
): string | null {
  try {
    const [program, ...rest] = findInterpreter(named, [project, cwd], env, origin).command;
    return rest.length === 1 ? (program ?? null) : null;
  } catch {
    return null;
  }
}

function probe(program: string | null): string | null {
  if (program === null) return null;
  const flags = ["-I", "-S", "-c", PROBE_CODE];
  const asked = spawnSync(program, flags, { encoding: "utf8", timeout: PROBE_TIMEOUT_MS });
  return asked.status === 0 ? asked.stdout.trim() || null : null;
}

/**
 * The command that runs a module of the master in isolation: without site-packages or PYTHON… variables. Node treats names as
 * UTF-8, so the master must too, in every locale.
 */
export function masterCommand(python: string, module: string): string[] {
  return [
    python,
    "-I",
    "-S",
    "-X",
    "utf8",
    fileURLToPath(new URL(module, `file://${pythonPackage}/`)),
  ];
}
