import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Deployment } from "../config/deployment.ts";
import { findInterpreter } from "../config/interpreter.ts";
import { pythonPackage } from "../shared/python-package.ts";

/** Says where the interpreter itself is, behind a wrapper such as pyenv's, if it is new enough. */
const PROBE = "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')";
/** Milliseconds it may take for that. */
const PROBE_TIME = 5000;
/** A program of this name is not asked whether it is Python, which takes as long as to start it. */
const NAMED_PYTHON = /\/python3?(\.\d+)?$/;

/**
 * The Python that the parent runs on: the application's own, else the first on the path. Null where there is none that is
 * new enough, as an application in TypeScript needs none.
 */
export function parentPython({ settings, served }: Deployment): string | null {
  // That of a Python application is needed in any case; what is wrong with it is said when it is started.
  const own = served.inner === null ? programOf(settings.python, served) : null;
  if (own !== null && NAMED_PYTHON.test(own)) return own;
  for (const named of [settings.python, null, "python3"]) {
    const python = probe(programOf(named, served));
    if (python !== null) return python;
  }
  return null;
}

/** The program that is to be started; null for none, or a command that starts something else beside Python. */
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
  const flags = ["-I", "-S", "-c", PROBE];
  const asked = spawnSync(program, flags, { encoding: "utf8", timeout: PROBE_TIME });
  return asked.status === 0 ? asked.stdout.trim() || null : null;
}

/**
 * The command that runs a module of the parent, alone: without site-packages, and whatever PYTHON… says. To Node every name is
 * UTF-8, so it is to the parent, whatever the locale says.
 */
export function parentCommand(python: string, module: string): string[] {
  return [
    python,
    "-I",
    "-S",
    "-X",
    "utf8",
    fileURLToPath(new URL(module, `file://${pythonPackage}/`)),
  ];
}
