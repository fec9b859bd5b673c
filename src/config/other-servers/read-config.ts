import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonPackage } from "../../shared/python-package.ts";
import { findInterpreter } from "../interpreter.ts";

const PYTHON_TIMEOUT_MS = 10_000;

/** A setting in another server's config file. */
export interface ForeignSetting {
  name: string;
  /** The text in the file, such as `workers = 4`. */
  source: string;
  value: unknown;
  /** Whether `value` is known without running the file. */
  literal: boolean;
  /** The condition that the setting depends on, such as `if-env = SHOP`. Missing or empty if there is none. */
  condition?: string;
}

/**
 * Read the assignments of a Python file without running it.
 *
 * @param python the setting `python`
 * @returns null if there is no Python, or if the file is not valid Python
 */
export function readPythonConfig(file: string, python: string | null): ForeignSetting[] | null {
  try {
    const { command } = findInterpreter(python, [dirname(file), process.cwd()], process.env);
    const script = fileURLToPath(new URL("assignments.py", `file://${pythonPackage}/`));
    const flags = ["-I", "-S", "-X", "utf8", script, file];
    const [program = ""] = command;
    const options = { encoding: "utf8", timeout: PYTHON_TIMEOUT_MS } as const;
    const { stdout } = spawnSync(program, flags, options);
    const rows = JSON.parse(stdout) as [string, string, unknown, boolean][];
    return rows.map(([name, source, value, literal]) => ({ name, source, value, literal }));
  } catch {
    return null;
  }
}

/** Read the section [uwsgi] of an INI file. Null if there is none. */
export function readUwsgiConfig(file: string): ForeignSetting[] | null {
  const lines = readFileSync(file, "utf8").split(/\r?\n/);
  let section = "";
  let condition = "";
  const found = new Map<string, ForeignSetting>();
  for (const line of lines) {
    section = /^\s*\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    const [, name = "", text = ""] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== "uwsgi" || name === "") continue;
    if (name === "endif") condition = "";
    else if (/^if(-|def$|ndef$)/.test(name)) condition = `${name} = ${text}`;
    if (name === "endif" || condition.startsWith(`${name} = `)) continue;
    const key = `${condition}\n${name}`;
    const before = found.get(key);
    // Only uWSGI knows the values of its placeholders.
    const literal = !/%\w|%\(|\$\(|@\(/.test(text) && before?.literal !== false;
    const value = before === undefined ? text : [before.value, text].flat();
    found.set(key, { name, source: `${name} = ${text}`, value, literal, condition });
  }
  return found.size > 0 ? [...found.values()] : null;
}
