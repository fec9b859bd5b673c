import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "../scripts/lib/python.ts";
import { root } from "../scripts/lib/steps.ts";
import { environment, link, requirementsOf } from "../testing/environments.ts";

/** The virtual environment with Python's WSGI servers: a link to one in the cache. */
export const peersEnvironment: string = join(root, "peers", ".venv");

/** Its Python. */
export const peersPython: string = inPeers("python");

/** A program of the environment. */
export function inPeers(program: string): string {
  return join(peersEnvironment, "bin", program);
}

/** Packages that are compiled during installation, and what they need. */
const compiled: { name: string; needs: Need[] }[] = [
  { name: "uwsgi", needs: ["a C compiler", "Python.h"] },
  { name: "mod_wsgi", needs: ["a C compiler", "Python.h", "apxs"] },
];

type Need = "a C compiler" | "Python.h" | "apxs";

/**
 * Install the servers. What cannot be compiled here is left out: a peer's `skip` says what it takes. In CI nothing is left
 * out, so there it fails.
 *
 * @param options.more servers that are installed only on request, such as bjoern
 * @param options.python the Python to create the environment with, if not the one below
 */
export async function installPeers({
  more = [],
  python,
}: { more?: string[]; python?: string } = {}): Promise<void> {
  // Debian's Python if there is one, because Debian's mod_wsgi embeds it.
  const base = python ?? (isUsable("/usr/bin/python3") ? "/usr/bin/python3" : findPython());
  const there = process.env.CI ? null : atHand(base);
  const left = compiled.filter(({ needs }) => there && !needs.every((need) => there.has(need)));
  const lines = requirementsOf(join(root, "peers", "requirements.txt"));
  const isOf = (names: string[], line: string): boolean =>
    names.some((name) => line.startsWith(`${name}==`));
  const folder = await environment({
    what: "Installing Python's WSGI servers",
    base,
    requirements: lines.filter(
      (line) => !isOf([...FOR_SOME, ...left.map(({ name }) => name)], line),
    ),
    more: lines.filter((line) => isOf(more, line)),
  });
  link(peersEnvironment, folder);
}

/** Only the benchmark uses bjoern, which needs a library that nothing else needs. */
const FOR_SOME = ["bjoern"];

/** For a peer's `skip`: why a program of the environment cannot be run here. Nothing is skipped in CI. */
export function without(program: string, advice: string): string | false {
  if (process.env.CI || existsSync(inPeers(program))) return false;
  return `${program} is not installed (${advice}, then npm test -- tests/hosts)`;
}

/** Whether the environment uses Debian's Python, the only one that works with Debian's mod_wsgi. */
export function isDebianPython(): boolean {
  const home = "import sys; print(sys.base_prefix)";
  const answer = spawnSync(peersPython, ["-c", home], { encoding: "utf8" });
  return answer.stdout?.trim() === "/usr";
}

function atHand(base: string): Set<Need> {
  const found = new Set<Need>();
  if (spawnSync("cc", ["--version"]).status === 0) found.add("a C compiler");
  if (spawnSync("apxs", ["-q", "TARGET"]).status === 0) found.add("apxs");
  const headers =
    "import os, sys, sysconfig as s; sys.exit(not os.path.exists(s.get_paths()['include'] + '/Python.h'))";
  if (spawnSync(base, ["-c", headers]).status === 0) found.add("Python.h");
  return found;
}

function isUsable(python: string): boolean {
  const script = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  return spawnSync(python, ["-c", script]).status === 0;
}
