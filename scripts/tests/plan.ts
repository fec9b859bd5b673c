import { existsSync, globSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { allDay } from "../../testing/all-day.ts";
import { fail, root } from "../lib/steps.ts";

/** The files of a run. */
export interface Plan {
  /** Run side by side. */
  together: string[];
  /** What measures time or memory, or needs the machine to itself: one at a time, after the others. */
  alone: string[];
}

export interface Choice {
  /** Folders or files; everything if there are none. */
  paths: string[];
  /** Only what is fast. */
  quick: boolean;
}

const ALONE = ".alone.test.ts";
const ALL_DAY = ".all-day.test.ts";

/**
 * What `npm run test:quick` runs: requests and answers, the command line, the library. No other servers, browsers or
 * versions, and nothing about how processes come and go.
 */
const QUICK = new Set(["application", "cli", "dispatch", "http", "node-worker", "runner", "wsgi"]);

/** Files of these folders that it leaves out, because they send thousands of requests or wait for slow clients. */
const SLOW = new Set([
  "tests/application/program.test.ts",
  "tests/dispatch/kills.test.ts",
  "tests/dispatch/once.test.ts",
  "tests/dispatch/timeout-boundary.test.ts",
  "tests/http/connection/slow-readers.test.ts",
  "tests/http/body/upload-flow.test.ts",
]);

export function plan({ paths, quick }: Choice): Plan {
  for (const path of paths) {
    if (!existsSync(join(root, path)))
      fail(`there is no ${path}; tests are folders and files of tests/`);
  }
  const chosen = (paths.length > 0 ? paths : ["tests"]).flatMap((path) =>
    statSync(join(root, path)).isDirectory() ? within(path) : [join(path)],
  );
  const files = [...new Set(chosen)].toSorted().filter((file) => {
    if (paths.includes(file)) return true;
    if (file.endsWith(ALL_DAY)) return allDay;
    return !quick || (QUICK.has(folderOf(file)) && !file.endsWith(ALONE) && !SLOW.has(file));
  });
  if (files.length === 0) fail(`there are no tests in ${paths.join(", ")}`);
  const isAlone = (file: string): boolean => file.endsWith(ALONE) || file.endsWith(ALL_DAY);
  return {
    together: files.filter((file) => !isAlone(file)),
    alone: files.filter(isAlone),
  };
}

/** The folder of tests/ that a file is in. */
export function folderOf(file: string): string {
  return file.split("/")[1] ?? basename(file);
}

function within(path: string): string[] {
  const exclude = (name: string): boolean => name === "node_modules" || name === ".venv";
  return globSync(`${path}/**/*.test.ts`, { cwd: root, exclude }).map((file) => join(file));
}
