import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inCI, root } from "../testing/paths.ts";

/** The virtual environment of the servers under test, made by scripts/test.ts. */
export const hostsEnvironment: string = join(root, "tests", "hosts", ".venv");

const bin = join(hostsEnvironment, "bin");

/** Its Python. */
export const hostsPython: string = join(bin, "python");

/** For a host's `skip`: why a program of the virtual environment cannot be run here. */
export function without(program: string, advice: string): string | false {
  if (existsSync(join(bin, program)) || inCI) return false;
  return `${program} is not installed (${advice}, then npm test -- tests/hosts)`;
}

/** Debian's module has the Python of Debian in it; a virtual environment of another one is of no use to it. */
export function isDebianPython(): boolean {
  const home = "import sys; print(sys.base_prefix)";
  const answer = spawnSync(join(bin, "python"), ["-c", home], { encoding: "utf8" });
  return answer.stdout?.trim() === "/usr";
}
