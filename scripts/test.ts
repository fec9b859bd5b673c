// npm test: everything that must hold. Makes what it needs, checks the sources, runs the tests: side by side where they
// can be, then one at a time.
//
//   npm test                          all of it
//   npm test -- tests/http            only these tests (folders or files), no checks of the sources
//   npm run test:quick                what needs no other server, no browser and little time
//   npm run test:all-day              all of it, and what takes hours
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPeers } from "../peers/environment.ts";
import { developmentEnvironment } from "../testing/environments.ts";
import { check } from "./lib/checks.ts";
import { assertNode, fail, root, run, step } from "./lib/steps.ts";
import { versionsEnvironments } from "../tests/versions/pairs.ts";
import { outputFolder, stopAll } from "./tests/file-run.ts";
import { folderOf, plan } from "./tests/plan.ts";
import { JOBS, runAll } from "./tests/run.ts";
import { summary } from "./tests/summary.ts";
import { remember } from "./tests/times.ts";

assertNode();
const { values, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    jobs: { type: "string", default: String(JOBS) },
  },
});
const jobs = Number(values.jobs);
if (!Number.isInteger(jobs) || jobs < 1) fail(`--jobs ${values.jobs}: a whole number from 1 up`);
const isWhole = paths.length === 0 && !values.quick;

const planned = plan({ paths, quick: values.quick });
const folders = new Set([...planned.together, ...planned.alone].map(folderOf));
await developmentEnvironment();
if (paths.length === 0) await check();
if (["hosts", "faults", "fuzz", "bench"].some((folder) => folders.has(folder)))
  await installPeers();
if (folders.has("versions")) await versionsEnvironments();

// Nothing may be left from an earlier run: neither its outputs nor its part of the matrix of hosts.
rmSync(outputFolder, { recursive: true, force: true });
if (isWhole) rmSync(join(root, ".cache", "hosts"), { recursive: true, force: true });

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void stopAll().then(() => process.exit(1)));
}
const began = performance.now();
const outcome = await runAll(planned, jobs);
remember(outcome.runs);
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
process.stdout.write(`\nThe tests took ${minutes} minutes.\n`);
const ran = outcome.runs.every(({ failures }) => failures.length === 0);
if (folders.has("hosts") && ran) {
  await step("The matrix of hosts", () => run(["node", "scripts/hosts.ts"]));
}
process.exit(summary(outcome, Boolean(process.env.CI)) ? 0 : 1);
