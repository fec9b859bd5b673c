import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "./python.ts";
import { root, run, step } from "./steps.ts";

const folder = join(root, "tests", "hosts", ".venv");

/** What compiles only where its headers are: without them its tests are skipped, and say what to install. */
const compiled = [
  { name: "uwsgi", needs: ["cc", "PYTHON_H"] },
  { name: "mod_wsgi", needs: ["cc", "PYTHON_H", "apxs"] },
];

/**
 * The virtual environment of the servers that the tests run beside our own. It is made of Debian's Python where there is
 * one, since that is the one in Debian's mod_wsgi.
 */
export async function hostsEnvironment(): Promise<void> {
  const base = isUsable("/usr/bin/python3") ? "/usr/bin/python3" : findPython();
  const there = new Set<string>();
  if (spawnSync("cc", ["--version"]).status === 0) there.add("cc");
  if (spawnSync("apxs", ["-q", "TARGET"]).status === 0) there.add("apxs");
  if (hasHeaders(base)) there.add("PYTHON_H");
  const left = compiled.filter(({ needs }) => !process.env.CI && !needs.every((x) => there.has(x)));

  const text = readFileSync(join(root, "tests", "hosts", "requirements.txt"), "utf8");
  const wanted = text
    .split("\n")
    .filter((line) => /^\w/.test(line) && !left.some(({ name }) => line.startsWith(name)));
  const stamp = join(folder, "quintet-stamp");
  const made = [base, ...wanted].join("\n");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === made) return;
  await step("Installing Python's WSGI servers for the tests", async () => {
    rmSync(folder, { recursive: true, force: true });
    await run([base, "-m", "venv", folder]);
    // Not from its cache: what was compiled there may be of another Python with the same version.
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir"];
    await run([join(folder, "bin", "python"), ...pip, ...wanted]);
  });
  writeFileSync(stamp, made);
}

function isUsable(python: string): boolean {
  const script = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  return spawnSync(python, ["-c", script]).status === 0;
}

function hasHeaders(python: string): boolean {
  const script =
    "import os, sys, sysconfig as s; sys.exit(not os.path.exists(s.get_paths()['include'] + '/Python.h'))";
  return spawnSync(python, ["-c", script]).status === 0;
}
