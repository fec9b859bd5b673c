import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { styleText } from "node:util";

/** The repository. */
export const root: string = join(import.meta.dirname, "..", "..");

/** Print the running Node version, and refuse any but the pinned one. */
export function assertNode(): void {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    devDependencies: { node: string };
  };
  const pinned = manifest.devDependencies.node;
  const running = process.versions.node;
  process.stdout.write(`Node ${running}\n`);
  if (running === pinned) return;
  fail(
    `This is Node ${running}, not the pinned ${pinned}. Run it with npm (npm start, npm test) after npm ci.`,
  );
}

/** Announce a step, run it, and say how long it took. */
export async function step<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  process.stdout.write(`${styleText("bold", what)} …\n`);
  const began = performance.now();
  const result = await run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${styleText("green", "✓")} ${what} (${seconds} s)\n`);
  return result;
}

/**
 * Run a step unless the files it depends on have not changed since. The stamp is written on success.
 *
 * @param stamp the file that remembers
 */
export async function stepOnce(
  what: string,
  stamp: string,
  inputs: string[],
  run: () => Promise<unknown>,
): Promise<void> {
  const digest = digestOf(inputs);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  await step(what, run);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

function digestOf(inputs: string[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) {
    const files = isFolder(input)
      ? readdirSync(input, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.name.endsWith(".pyc"))
          .map((entry) => join(entry.parentPath, entry.name))
          .toSorted()
      : [input];
    for (const file of files)
      hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Run a command with its output shown; ends this process if it fails. */
export async function run(
  command: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const code = await tryRun(command, options);
  if (code !== 0) fail(`${command.join(" ")} failed (${code})`);
}

/** Run a command with its output shown; its exit status. */
function tryRun(
  command: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program as string, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: "inherit",
    });
    child.on("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(127);
    });
    child.on("close", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

export function fail(message: string): never {
  process.stderr.write(`${styleText("red", "✗")} ${message}\n`);
  process.exit(1);
}
