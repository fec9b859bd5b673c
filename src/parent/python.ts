import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Deployment } from "../cli/deployment.ts";
import { findInterpreter } from "../worker/interpreter.ts";
import { pythonPackage } from "../worker/home.ts";

/** Says where the interpreter itself is, behind a wrapper such as pyenv's, if it is new enough. */
const PROBE = "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')";
/** Milliseconds it may take for that. */
const PROBE_TIME = 5000;

/**
 * The Python that the parent runs on: the application's own, else the first on the path. Null where there is none that is
 * new enough, as an application in TypeScript needs none.
 */
export function parentPython({ settings, served }: Deployment): string | null {
  for (const named of [settings.python, "", "python3"]) {
    const python = probe(named, served);
    if (python !== null) return python;
  }
  return null;
}

function probe(named: string, { project, cwd, env, origin }: Deployment["served"]): string | null {
  try {
    const { command } = findInterpreter(named, [project, cwd], env, origin);
    const [program, ...rest] = command.slice(0, -1);
    // A command that has more words starts something else beside Python.
    if (rest.length > 0) return null;
    const flags = ["-I", "-S", "-c", PROBE];
    const asked = spawnSync(program as string, flags, { encoding: "utf8", timeout: PROBE_TIME });
    return asked.status === 0 ? asked.stdout.trim() || null : null;
  } catch {
    return null;
  }
}

/** The command that runs a module of the parent, alone: without site-packages, and whatever PYTHON… says. */
export function parentCommand(python: string, module: string): string[] {
  return [python, "-I", "-S", fileURLToPath(new URL(module, `file://${pythonPackage}/`))];
}
