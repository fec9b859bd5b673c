import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { QuintetError } from "../shared/errors.ts";
import { pythonPackage } from "../shared/python-package.ts";

/** The command that starts a worker, and why it was chosen. */
export interface Interpreter {
  runtime: "python" | "node";
  command: string[];
  because: string;
}

/**
 * Find Python as a person expects: the command that was named, an activated virtual environment, `.venv` or `venv`
 * beside the project, then one folder above it, then `python3` of the path.
 *
 * @param named the setting `python`: a program, or a command such as `opentelemetry-instrument python`
 * @param folders where a virtual environment may lie: the project's folder, then the current one
 * @param origin the folder that a relative path in `named` starts from
 * @throws {QuintetError} QUINTET_NO_PYTHON, naming all that was looked for
 */
export function findInterpreter(
  named: string,
  folders: string[],
  env: NodeJS.ProcessEnv,
  origin: string = process.cwd(),
): Interpreter {
  if (named) return python(namedCommand(named, env, origin), "the setting python");
  const looked: string[] = [];
  if (env.VIRTUAL_ENV) {
    const path = join(env.VIRTUAL_ENV, "bin", "python");
    if (isProgram(path)) return python([path], "the activated virtual environment");
    looked.push(`${path} (of VIRTUAL_ENV)`);
  }
  const places = new Set(folders.map((each) => resolve(each)));
  for (const folder of places) {
    for (const name of VENVS) {
      const path = join(folder, name, "bin", "python");
      if (isProgram(path)) return python([path], `${name} beside the project`);
      looked.push(path);
    }
  }
  for (const folder of places) {
    const above = dirname(folder);
    for (const name of VENVS) {
      const path = join(above, name, "bin", "python");
      if (isProgram(path) && isTrusted(join(above, name), folder))
        return python([path], `${name} in the folder above the project`);
      if (!looked.includes(path)) looked.push(path);
    }
  }
  for (const name of ["python3", "python"]) {
    const path = onPath(name, env);
    if (path) return python([path], `${name} on the path`);
    looked.push(`${name} on the path`);
  }
  throw new QuintetError("QUINTET_NO_PYTHON", "No Python interpreter was found.", {
    advice: `Looked for:\n${looked.map((each) => `  ${each}`).join("\n")}\nMake one (python3 -m venv .venv), or name one with --python.`,
  });
}

/** What a virtual environment is called that nobody names. */
const VENVS = [".venv", "venv"];

/** Above a project may be a folder that everybody writes to, such as /tmp: what lies there is to be of the project's owner. */
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
    throw new QuintetError("QUINTET_NO_PYTHON", `There is no program ${JSON.stringify(program)}.`, {
      advice: `It was named by the setting python: ${named}`,
    });
  }
  return [path, ...command.slice(1)];
}

/** Split a command as a shell does, with quotes and backslashes, and nothing else of a shell. */
export function splitCommand(text: string): string[] {
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
  // To a shell an empty entry is the current folder; what lies there is not to become the server's Python.
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
