import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fail, run, stepOnce } from "./steps.ts";

/** Django 5.2 needs it. */
const OLDEST = [3, 10] as const;

/**
 * A virtual environment with the packages of a requirements file; recreated when that file changes.
 *
 * @param base the Python to create it with, if not the first that is new enough
 * @param more further requirements; the folder's name says which
 * @returns its Python
 */
export async function virtualEnvironment(
  folder: string,
  requirements: string,
  what: string,
  base?: string,
  more: string[] = [],
): Promise<string> {
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "quintet-stamp");
  if (!existsSync(python)) rmSync(stamp, { force: true });
  await stepOnce(what, stamp, [requirements], async () => {
    const made = base ?? findPython();
    rmSync(folder, { recursive: true, force: true });
    await run([made, "-m", "venv", folder]);
    const pip = [python, "-m", "pip", "install", "--disable-pip-version-check"];
    await run([...pip, "-r", requirements, ...more]);
  });
  return python;
}

/** A Python that is new enough and can make virtual environments. */
export function findPython(): string {
  const looked: string[] = [];
  for (const name of [
    "python3",
    "python3.14",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "python",
  ]) {
    const found = probe(name);
    if (found === null) continue;
    const [major = 0, minor = 0] = found.split(".").map(Number);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return name;
    looked.push(`${name}: ${major ? `Python ${found}` : found}`);
  }
  return fail(
    `There is no Python of ${OLDEST.join(".")} or newer that can make virtual environments.\n` +
      `${looked.map((each) => `  ${each}\n`).join("")}  On Debian and Ubuntu: apt-get install python3 python3-venv`,
  );
}

/**
 * A CPython of this very version that can make virtual environments: on the path, Debian's, or one that pyenv has
 * installed.
 *
 * @param version such as 3.9
 */
export function pythonOf(version: string): string | null {
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const installed = existsSync(pyenv) ? readdirSync(pyenv).toSorted() : [];
  const candidates = [
    `python${version}`,
    "/usr/bin/python3",
    ...installed
      .filter((name) => name.startsWith(`${version}.`))
      .map((name) => join(pyenv, name, "bin", "python")),
  ];
  return candidates.find((each) => probe(each) === version) ?? null;
}

/** The version of a Python that can make virtual environments, else what it says, or null if it is not there. */
function probe(name: string): string | null {
  const script = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";
  const answer = spawnSync(name, ["-c", script], { encoding: "utf8" });
  if (answer.error) return null;
  if (answer.status === 0) return answer.stdout.trim();
  return answer.stderr.trim().split("\n").at(-1) ?? "";
}
