import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync } from "node:fs";
import { renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findPython } from "../scripts/lib/python.ts";
import { root } from "../scripts/lib/steps.ts";

/** The description of a virtual environment. */
export interface Wanted {
  /** For the log: "Installing …". */
  what: string;
  /** The Python it is made of. */
  base: string;
  /** The lines of a requirements file. Different lines mean a different environment. */
  requirements: string[];
  /** Requirements to add to the environment if they are missing. */
  more?: string[];
}

/**
 * A virtual environment in the cache, which all checkouts share. It is made if it is not there. Of two processes that ask
 * for the same one at once, one makes it and the other waits.
 *
 * @returns its folder
 */
export async function environment({
  what,
  base,
  requirements,
  more = [],
}: Wanted): Promise<string> {
  const script = join(import.meta.dirname, "environments.py");
  const wanted = JSON.stringify({ what, requirements, more });
  const child = spawn(base, [script, cacheFolder(), wanted], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let folder = "";
  child.stdout.on("data", (chunk: Buffer) => (folder += chunk.toString()));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0) throw new Error(`${what} failed (${code})`);
  return folder.trim();
}

/** The tests' own virtual environment, as `.venv` of the checkout. */
export async function developmentEnvironment(): Promise<void> {
  const folder = await environment({
    what: "Installing Python packages for the tests",
    base: findPython(),
    requirements: requirementsOf(join(root, "requirements-dev.txt")),
  });
  link(join(root, ".venv"), folder);
}

/** The lines of a requirements file without its comments. */
export function requirementsOf(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * Make a path of the checkout a link to a virtual environment of the cache. What stood there before is replaced if we had
 * made it.
 */
export function link(path: string, folder: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(path) === folder) return;
  mkdirSync(dirname(path), { recursive: true });
  if (there && !isOurs(path)) throw new Error(`${path} is not of npm test's making: move it away`);
  const fresh = `${path}.${process.pid}`;
  if (there?.isDirectory()) {
    renameSync(path, `${fresh}.old`);
    rmSync(`${fresh}.old`, { recursive: true });
  }
  symlinkSync(folder, fresh);
  // Atomically, because others may be using it.
  renameSync(fresh, path);
}

/** Whether a link leads into the cache, or did before that was emptied; of a folder, whether it is one of before the cache. */
function isOurs(path: string): boolean {
  if (!existsSync(path)) return true;
  if (!lstatSync(path).isSymbolicLink()) return existsSync(join(path, "quintet-stamp"));
  return existsSync(`${readlinkSync(path)}.lock`);
}

/** Where the environments are, and what pip has downloaded and compiled. */
export function cacheFolder(): string {
  const { QUINTET_TEST_CACHE, XDG_CACHE_HOME } = process.env;
  if (QUINTET_TEST_CACHE) return QUINTET_TEST_CACHE;
  // Servers run as users who cannot enter root's home.
  if (process.getuid?.() === 0) return "/var/cache/quintet-tests";
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "quintet-tests");
}
