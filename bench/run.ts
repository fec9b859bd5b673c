import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { requireLibev } from "../peers/bjoern.ts";
import { installPeers } from "../peers/environment.ts";
import { machine } from "./machine.ts";
import { measure } from "./measure.ts";
import type { Context } from "./measure.ts";
import { readOptions, usage } from "./options.ts";
import type { Options } from "./options.ts";
import { report } from "./report.ts";
import type { Column, Results } from "./results.ts";
import { stopServersAtExit } from "./server-process.ts";
import { typed, versions } from "./servers.ts";
import type { Server } from "./servers.ts";
import { comparableToTargets, verdicts } from "./targets.ts";
import type { Workload } from "./workloads.ts";

/** Progress goes to stderr: the report alone is on stdout. */
const say = console.error;

/** One turn of one server; failures are recorded, and the others go on. */
async function turn(
  server: Server,
  workload: Workload,
  column: Column,
  context: Context,
  options: Options,
): Promise<void> {
  try {
    const sample = await measure(server, workload, context, options);
    column.samples.push(sample);
    const { rps, p50, p99, cpuPerRequest, memoryBytes, loaderCpu, otherCpu, loopMs } = sample;
    say(
      `  ${server.name.padEnd(16)} ${rps.toFixed(0).padStart(7)} rps  p50 ${(p50 / 1000).toFixed(2)} ms  ` +
        `p99 ${(p99 / 1000).toFixed(2)} ms  ${cpuPerRequest.toFixed(1)} µs CPU/req  ` +
        `${(memoryBytes / 2 ** 20).toFixed(0)} MiB  wrk ${(loaderCpu * 100).toFixed(0)}%  other ${(otherCpu * 100).toFixed(0)}%  loop ${loopMs.toFixed(1)} ms`,
    );
  } catch (error) {
    column.failure = error instanceof Error ? error.message : String(error);
    say(`  ${server.name.padEnd(16)} failed: ${column.failure}`);
  }
}

/** All rounds of a workload: every server in turn, repeatedly, so that drift of the machine affects all of them. */
async function rounds(workload: Workload, scratch: string, options: Options): Promise<Column[]> {
  say(`\n${workload.name}: ${workload.title}`);
  const columns = options.servers.map((server): Column => {
    const command = typed(server.command({ port: 8000, workers: options.workers, workload }));
    say(`  ${server.name}: ${command}`);
    return { server: server.name, title: server.title, command, samples: [] };
  });
  const context: Context = { scratch, environment: (await workload.prepare?.(scratch)) ?? {} };
  for (let round = 1; round <= options.rounds; round++) {
    say(`  round ${round} of ${options.rounds}`);
    for (const [index, server] of options.servers.entries())
      if (!columns[index].failure) await turn(server, workload, columns[index], context, options);
  }
  return columns;
}

async function run(options: Options): Promise<Results> {
  const bjoern = options.servers.some(({ name }) => name === "bjoern");
  if (bjoern) requireLibev();
  await installPeers({ more: bjoern ? ["bjoern"] : [], python: process.env.PYTHON });
  const { rounds: count, seconds, warmup, connections, workers } = options;
  const results: Results = {
    machine: machine(),
    options: { rounds: count, seconds, warmup, connections, workers },
    versions: versions(),
    workloads: [],
  };
  stopServersAtExit();
  const scratch = mkdtempSync(join(tmpdir(), "quintet-bench-"));
  process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
  for (const workload of options.workloads) {
    const columns = await rounds(workload, scratch, options);
    results.workloads.push({ name: workload.name, title: workload.title, columns });
  }
  return results;
}

/** The exit status: a failed measurement is always an error, a missed target only with --check. */
function status(results: Results, check: boolean): number {
  const failed = results.workloads.some(({ columns }) => columns.some(({ failure }) => failure));
  if (!check) return failed ? 1 : 0;
  if (!comparableToTargets(results))
    say("the targets are for one worker and 32 connections; this run had others");
  const held = verdicts(results);
  if (!held.length) say("--check: this run had no pair that a target is about");
  for (const { text } of held.filter(({ met }) => !met)) say(`--check: ${text}`);
  return failed || !held.length || held.some(({ met }) => !met) ? 1 : 0;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(usage);
    return 0;
  }
  const results = options.from
    ? (JSON.parse(readFileSync(options.from, "utf8")) as Results)
    : await run(options);
  if (options.json) {
    mkdirSync(dirname(resolve(options.json)), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  console.log(report(results, options.markdown));
  return status(results, options.check);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
