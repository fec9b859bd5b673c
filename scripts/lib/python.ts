import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fail, run, stepOnce } from "./steps.ts";

/** Django 5.2 needs it. */
const OLDEST = [3, 10] as const;

/**
 * A virtual environment with what a requirements file names; made again when that file changes.
 *
 * @returns its Python
 */
export async function virtualEnvironment(
  folder: string,
  requirements: string,
  what: string,
): Promise<string> {
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "quintet-stamp");
  if (!existsSync(python)) rmSync(stamp, { force: true });
  await stepOnce(what, stamp, [requirements], async () => {
    const base = findPython();
    rmSync(folder, { recursive: true, force: true });
    await run([base, "-m", "venv", folder]);
    await run([python, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements]);
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
    const probe = spawnSync(
      name,
      ["-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"],
      {
        encoding: "utf8",
      },
    );
    if (probe.error) continue;
    if (probe.status !== 0) {
      looked.push(`${name}: ${probe.stderr.trim().split("\n").at(-1)}`);
      continue;
    }
    const [major = 0, minor = 0] = probe.stdout.trim().split(" ").map(Number);
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return name;
    looked.push(`${name}: Python ${major}.${minor}`);
  }
  return fail(
    `There is no Python of ${OLDEST.join(".")} or newer that can make virtual environments.\n` +
      `${looked.map((each) => `  ${each}\n`).join("")}  On Debian and Ubuntu: apt-get install python3 python3-venv`,
  );
}
