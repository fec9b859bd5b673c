import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { wrkVersion } from "../load.ts";
import { stopServersAtExit } from "../server-process.ts";
import { copyCommit, copyWorkingTree } from "./copies.ts";
import { commitOf, workingTree } from "./git.ts";
import { readOptions, usage } from "./options.ts";
import type { Options } from "./options.ts";
import { python } from "./python.ts";
import { report, slower } from "./report.ts";
import type { Results } from "./results.ts";
import { measureRounds } from "./rounds.ts";
import type { Sides } from "./round.ts";
import { staticBytes, staticFile } from "./workloads.ts";

let interrupted = false;

/** A folder for everything that is written, so that nothing is left behind. */
function scratchFolder(): string {
  stopServersAtExit();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => (interrupted = true));
  const scratch = mkdtempSync(join(tmpdir(), "quintet-against-"));
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  for (const name of ["static", "tmp"]) mkdirSync(join(scratch, name));
  writeFileSync(join(scratch, "static", staticFile), "x".repeat(staticBytes));
  return scratch;
}

async function compare(options: Options): Promise<Results> {
  const wrk = wrkVersion();
  const base = commitOf(options.revision);
  const head = workingTree();
  const scratch = scratchFolder();
  // The two names have the same length, because even a path's length affects the memory layout.
  const sides: Sides = [
    { name: "base", folder: join(scratch, "base") },
    { name: "head", folder: join(scratch, "head") },
  ];
  console.error(`base: ${base.title}\nhead: ${head}`);
  const interpreter = await python();
  const began = performance.now();
  await copyCommit(base, sides[0].folder, scratch);
  copyWorkingTree(sides[1].folder);
  const surroundings = {
    python: interpreter,
    scratch,
    environment: { TMPDIR: join(scratch, "tmp"), BENCH_STATIC_ROOT: join(scratch, "static") },
  };
  const left = options.secondsTotal - (performance.now() - began) / 1000;
  return {
    date: new Date().toISOString().slice(0, 10),
    base: base.title,
    head,
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}; Node ${process.versions.node}, wrk ${wrk}`,
    turn: options.turn,
    workloads: await measureRounds(sides, surroundings, options, left),
  };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(usage);
    return 0;
  }
  const results = await compare(options);
  if (interrupted) return 1;
  if (options.json) {
    mkdirSync(dirname(resolve(options.json)), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  console.log(report(results));
  if (results.workloads.some(({ failure }) => failure)) return 1;
  return options.check && slower(results).length ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!interrupted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
