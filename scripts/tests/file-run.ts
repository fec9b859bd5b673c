import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { allDay } from "../../testing/all-day.ts";
import { until } from "../../testing/wait.ts";
import { root } from "../lib/steps.ts";
import { type Left, MARK, processesLeft } from "./left.ts";
import { END, type TestResult } from "./reporter.ts";

/** One run of one test file. */
export interface FileRun {
  file: string;
  tests: TestResult[];
  /** Why the file failed; empty if it passed. */
  failures: string[];
  seconds: number;
  /** The file with its output. */
  output: string;
}

/** Milliseconds that a file may take. */
const TIME_LIMIT_MS = allDay ? 3 * 3_600_000 : 480_000;
/** Milliseconds that it may take to stop. */
const GRACE_MS = 10_000;

/** Where the tests' output is kept until the next run. */
export const outputFolder: string = join(root, ".cache", "tests");

const compiled = join(root, ".cache", "compiled");

const running = new Set<ChildProcess>();

let isOver = false;

/** End the files that run, with all that they have started, and start no more: at Ctrl-C. */
export async function stopAll(): Promise<void> {
  isOver = true;
  for (const child of running) signal(child, "SIGTERM");
  await until(() => running.size === 0, "the tests have ended").catch(() => {
    for (const child of running) signal(child, "SIGKILL");
  });
}

/** A test file and the servers it starts form a process group. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    process.kill(-(pid as number), name);
  } catch {
    // it has just ended
  }
}

/**
 * Run a test file in a process of its own.
 *
 * @param which number of this run of the file, to tell outputs apart
 */
export async function runFile(file: string, which = 1): Promise<FileRun> {
  // Nobody waits for files that no longer run.
  if (isOver) await new Promise(() => {});
  const mark = randomUUID();
  const output = join(outputFolder, `${file.replace(/^tests\//, "")}.${which}.log`);
  const results = `${output}.json`;
  mkdirSync(dirname(output), { recursive: true });
  rmSync(results, { force: true });
  const written = openSync(output, "w");
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...FLAGS, `--test-reporter-destination=${results}`, file],
    {
      cwd: root,
      // What is imported by many files is compiled once. Servers do not see this variable.
      env: { ...process.env, NODE_COMPILE_CACHE: compiled, [MARK]: mark },
      stdio: ["ignore", written, written],
      detached: true,
    },
  );
  closeSync(written);
  running.add(child);
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    signal(child, "SIGTERM");
  }, TIME_LIMIT_MS);
  const kill = setTimeout(() => signal(child, "SIGKILL"), TIME_LIMIT_MS + GRACE_MS);
  const code = await new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("exit", (status, by) => resolve(status ?? by));
    child.on("error", () => resolve(null));
  });
  clearTimeout(limit);
  clearTimeout(kill);
  running.delete(child);
  const seconds = (performance.now() - began) / 1000;
  const left = await processesLeft(mark);
  const { tests, isWhole } = read(results);
  rmSync(results, { force: true });
  const failures = failuresOf(tests, isWhole, code, left);
  if (late) failures.unshift(`it did not end within ${TIME_LIMIT_MS / 1000} s`);
  return { file, tests, failures, seconds, output };
}

const FLAGS = [
  "--conditions=quintet-source",
  "--test-reporter=spec",
  "--test-reporter-destination=stdout",
  `--test-reporter=${join(import.meta.dirname, "reporter.ts")}`,
];

function failuresOf(
  tests: TestResult[],
  isWhole: boolean,
  code: number | NodeJS.Signals | null,
  left: Left[],
): string[] {
  const failures = tests.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
  if (tests.length === 0) failures.push(`it ended (${code}) and no test had run`);
  else if (!isWhole) failures.push(`it ended (${code}) before all of its tests had`);
  else if (code !== 0 && failures.length === 0) failures.push(`it ended with status ${code}`);
  for (const { pid, command } of left) failures.push(`left running: ${pid} ${command}`);
  return failures;
}

function read(results: string): { tests: TestResult[]; isWhole: boolean } {
  let text: string;
  try {
    text = readFileSync(results, "utf8");
  } catch {
    return { tests: [], isWhole: false };
  }
  const lines = text.split("\n").filter((line) => line !== "");
  const said = lines.map((line) => JSON.parse(line) as TestResult | typeof END);
  return { tests: said.filter((each) => each !== END), isWhole: said.at(-1) === END };
}
