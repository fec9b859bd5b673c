import { styleText } from "node:util";
import type { FileRun } from "./file-run.ts";
import { alone } from "./progress.ts";
import type { TestResult } from "./reporter.ts";
import { MOST_FLAKY, type Outcome } from "./run.ts";

/** How many files the list of the slowest shows. */
const MAX_SLOWEST_SHOWN = 20;

/** Tests that may be skipped in CI, by name; any other skipped test fails the run there. */
const MAY_BE_SKIPPED = [/^CPython 3\.\d+$/, /^Django 6\.\d+$/];

/**
 * The summary at the end of a run.
 *
 * @returns whether it has passed
 */
export function summary({ runs, flaky }: Outcome, inCI: boolean): boolean {
  const tests = runs.flatMap(({ file, tests }) => tests.map((test) => ({ file, ...test })));
  const skipped = tests.filter(({ outcome }) => outcome === "skipped");
  const failed = runs.filter(({ failures }) => failures.length > 0);
  slowest(runs);
  for (const { file, name, reason = "it does not say why" } of skipped)
    write(`${styleText("yellow", "–")} skipped: ${file}: ${name}: ${reason}`);
  const unseen = inCI ? skipped.filter(({ name }) => !mayBeSkipped(name)) : [];
  for (const { file, name } of unseen)
    write(`${red} nothing may be skipped in CI: ${file}: ${name}`);
  for (const { file, failures } of failed) {
    write(`${red} ${file}: ${failures.join("; ")}`);
    write(`    ${alone(file)}`);
  }
  for (const { first, second } of flaky) {
    write(`${styleText("yellow", "≈")} flaky: ${first.file}: ${first.failures.join("; ")}`);
    write(`    failed beside others: ${first.output}`);
    write(`    passed alone: ${second.output}`);
  }
  const tooFlaky = flaky.length > MOST_FLAKY;
  if (tooFlaky)
    write(`${red} ${flaky.length} files are flaky; more than ${MOST_FLAKY} fail the run`);

  const count = (outcome: TestResult["outcome"]): number =>
    tests.filter((test) => test.outcome === outcome).length;
  const others = failed.filter((run) => run.tests.every(({ outcome }) => outcome !== "failed"));
  const bad = count("failed") + others.length + unseen.length + (tooFlaky ? flaky.length : 0);
  // CI reads this line.
  write(`${count("passed")} passed, ${bad} failed, ${count("skipped")} skipped`);
  return bad === 0;
}

function mayBeSkipped(name: string): boolean {
  return MAY_BE_SKIPPED.some((each) => each.test(name));
}

function slowest(runs: FileRun[]): void {
  const slow = runs.toSorted((a, b) => b.seconds - a.seconds).slice(0, MAX_SLOWEST_SHOWN);
  write(`\nThe slowest ${slow.length} of ${runs.length} files:`);
  for (const { file, seconds } of slow) write(`${seconds.toFixed(1).padStart(8)} s  ${file}`);
  write("");
}

const red = styleText("red", "✗");

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
