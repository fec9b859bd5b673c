// How `npm test` treats test files that pass, fail, are flaky, skip, or leave processes behind.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type FileRun, runFile } from "../../scripts/tests/file-run.ts";
import { alone } from "../../scripts/tests/progress.ts";
import { runAll } from "../../scripts/tests/run.ts";
import { summary } from "../../scripts/tests/summary.ts";
import { root } from "../../testing/paths.ts";
import { isAlive } from "../../testing/processes.ts";
import { folderWith } from "../../testing/temp.ts";
import { until } from "../../testing/wait.ts";

const HEAD = `import { test } from "node:test";\n`;

/** A test file with this text. */
function fileWith(text: string): string {
  return join(folderWith({ "a.test.ts": HEAD + text }), "a.test.ts");
}

/** Fails in its first run. */
function flickering(): string {
  return fileWith(`import { existsSync, writeFileSync } from "node:fs";
const before = existsSync(import.meta.filename + ".ran");
writeFileSync(import.meta.filename + ".ran", "");
test("flickers", () => { if (!before) throw new Error("the first time"); });
`);
}

const run = (text: string): Promise<FileRun> => runFile(fileWith(text));
const importing = (name: string): string => JSON.stringify(join(root, "testing", name));

test("a file passes if all of its tests do, and says how many there are", async () => {
  const { failures, tests } = await run(
    `test("one", () => {});\ntest("other", { skip: "no moon" }, () => {});\n`,
  );
  assert.deepEqual(failures, []);
  assert.deepEqual(
    tests.map(({ name, outcome, reason }) => [name, outcome, reason]),
    [
      ["one", "passed", undefined],
      ["other", "skipped", "no moon"],
    ],
  );
});

test("a file fails by its tests, by its hooks, by its end, and without a test", async () => {
  const failed = await run(`test("bad", () => { throw new Error("no"); });\n`);
  assert.deepEqual(failed.failures, ["bad"]);
  const hook = await run(`import { before } from "node:test";
before(() => { throw new Error("no"); });
test("good", () => {});
`);
  assert.notDeepEqual(hook.failures, []);
  const early = await run(`test("good", () => {});\ntest("ends", () => process.exit(0));\n`);
  assert.match(early.failures.join(), /it ended \(0\)/);
  assert.deepEqual((await run("")).failures, ["it ended (0) and no test had run"]);
});

test("a failure shows the log of the server that ran", async () => {
  const { failures, output } = await run(`import { start } from ${importing("server.ts")};
test("bad", async (t) => {
  const server = await start("basic", { args: ["--workers", "1"] });
  t.after(() => server.stop());
  await fetch(server.url + "/seen-in-the-log");
  await server.logged((line) => line.access?.path === "/seen-in-the-log");
  throw new Error("no");
});
`);
  assert.deepEqual(failures, ["bad"]);
  assert.match(readFileSync(output, "utf8"), /bad: log of quintet basic[^]*\/seen-in-the-log/);
});

test("a process that outlives its file fails it, and is ended", async () => {
  const { failures } = await run(`import { spawn } from "node:child_process";
test("good", () => spawn("sleep", ["54321"], { detached: true, stdio: "ignore" }).unref());
`);
  const [, pid] = /^left running: (\d+) sleep 54321$/.exec(failures.join()) ?? [];
  assert.ok(pid, failures.join());
  await until(() => !isAlive(Number(pid)), "it has ended");
});

test("a file that fails beside others and passes alone is flaky: two are allowed, three fail the run", async (t) => {
  for (const [count, passes] of [
    [2, true],
    [3, false],
  ] as const) {
    const together = Array.from({ length: count }, flickering);
    const outcome = await runAll({ together, alone: [] }, 2);
    assert.equal(outcome.flaky.length, count);
    const { good, text } = summed(t, () => summary(outcome, false));
    assert.equal(good, passes, text);
    for (const file of together) assert.ok(text.includes(`flaky: ${file}: flickers`), text);
  }
});

test("a file that fails alone, too, fails the run, which says how to run it", async (t) => {
  const bad = fileWith(`test("bad", () => { throw new Error("no"); });\n`);
  for (const plan of [
    { together: [bad], alone: [] },
    { together: [], alone: [bad] },
  ]) {
    const outcome = await runAll(plan, 1);
    const { good, text } = summed(t, () => summary(outcome, false));
    assert.ok(!good);
    assert.ok(text.includes(alone(bad)), text);
    assert.match(text, /\n0 passed, 1 failed, 0 skipped\n$/);
  }
});

test("a test that is skipped is named, and fails the run in CI unless it is known to be rare", async (t) => {
  const skipping = (name: string): string =>
    fileWith(`test(${JSON.stringify(name)}, { skip: "no moon" }, () => {});\n`);
  const outcome = await runAll({ together: [skipping("by night")], alone: [] }, 1);
  const here = summed(t, () => summary(outcome, false));
  assert.ok(here.good);
  assert.match(here.text, /skipped: \S+: by night: no moon/);
  assert.ok(!summed(t, () => summary(outcome, true)).good);
  const rare = await runAll({ together: [skipping("CPython 3.14")], alone: [] }, 1);
  assert.ok(summed(t, () => summary(rare, true)).good);
});

/** The summary of a run. */
function summed(
  t: { mock: typeof test.mock },
  end: () => boolean,
): { good: boolean; text: string } {
  let text = "";
  const writing = t.mock.method(process.stdout, "write", (chunk: string) => {
    text += chunk;
    return true;
  });
  const good = end();
  writing.mock.restore();
  return { good, text };
}
