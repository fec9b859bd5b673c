import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { QuintetError } from "../shared/errors.ts";
import { pythonPackage } from "../shared/python-package.ts";

/** The command that starts a worker. */
export interface Interpreter {
  runtime: "python" | "node";
  command: string[];
  /** Why this interpreter, in words. */
  because: string;
}

/**
 * Find Python in this order: the command in the setting `python`, an activated virtual environment, `.venv` or `venv` beside the
 * project, the same one folder above, `python3` on the path.
 *
 * @param named the setting `python`: a program, a command such as `opentelemetry-instrument python`, or null
 * @param folders the folders that may contain a virtual environment: the project's folder, then the current one
 * @param origin the folder that a relative path in `named` starts from
 * @throws {QuintetError} QUINTET_NO_PYTHON, with all places that were searched
 */
export function findInterpreter(
  named: string | null,
  folders: string[],
  env: NodeJS.ProcessEnv,
  origin: string = process.cwd(),
): Interpreter {
  if (named) return python(namedCommand(named, env, origin), "the setting python");
  const searched: string[] = [];
  if (env.VIRTUAL_ENV) {
    const path = join(env.VIRTUAL_ENV, "bin", "python");
    if (isProgram(path)) return python([path], "the activated virtual environment");
    searched.push(`${path} (of VIRTUAL_ENV)`);
  }
  const places = new Set(folders.map((each) => resolve(each)));
  for (const folder of places) {
    for (const name of VENVS) {
      const path = join(folder, name, "bin", "python");
      if (isProgram(path)) return python([path], `${name} beside the project`);
      searched.push(path);
    }
  }
  for (const folder of places) {
    const above = dirname(folder);
    for (const name of VENVS) {
      const path = join(above, name, "bin", "python");
      if (isProgram(path) && isTrusted(join(above, name), folder))
        return python([path], `${name} in the folder above the project`);
      if (!searched.includes(path)) searched.push(path);
    }
  }
  for (const name of ["python3", "python"]) {
    const path = onPath(name, env);
    if (path) return python([path], `${name} on the path`);
    searched.push(`${name} on the path`);
  }
  throw new QuintetError("QUINTET_NO_PYTHON", "No Python interpreter was found.", {
    advice: `Searched:\n${searched.map((each) => `  ${each}`).join("\n")}\nCreate a virtual environment (python3 -m venv .venv), or name a Python with --python.`,
  });
}

/** Usual names of a virtual environment. */
const VENVS = [".venv", "venv"];

/**
 * Everybody may be able to write to the folder above a project, such as /tmp, so the environment must belong to the project's
 * owner.
 */
function isTrusted(venv: string, project: string): boolean {
  const owner = statSync(venv).uid;
  return owner === 0 || owner === process.getuid?.() || owner === statSync(project).uid;
}

function python(command: string[], because: string): Interpreter {
  return { runtime: "python", command: [...command, pythonPackage], because };
}

function namedCommand(named: string, env: NodeJS.ProcessEnv, origin: string): string[] {
  const command = splitCommand(named);
  const program = command[0] ?? "";
  const path = program.includes("/") ? resolve(origin, program) : onPath(program, env);
  if (!path || !isProgram(path)) {
    throw new QuintetError(
      "QUINTET_NO_PYTHON",
      `The program ${JSON.stringify(program)} does not exist.`,
      {
        advice: `It comes from the setting python: ${named}`,
      },
    );
  }
  return [path, ...command.slice(1)];
}

/** Split a command into words like a shell, with quotes and backslashes, but without expansions. */
function splitCommand(text: string): string[] {
  const words: string[] = [];
  const pattern = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g;
  for (const [word] of text.matchAll(pattern)) {
    words.push(
      word.replace(/\\([\s\S])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/g, (_, escaped, double, single) =>
        String(escaped ?? double?.replace(/\\(["\\$`])/g, "$1") ?? single ?? ""),
      ),
    );
  }
  return words;
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | null {
  // Skip empty entries. For a shell they mean the current folder, but a program there must not become the server's Python.
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, name);
    if (isProgram(path)) return path;
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
