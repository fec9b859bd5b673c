// npm test: everything that must hold. Makes what it needs, checks the sources, runs the tests.
//
//   npm test                          all of it
//   npm test -- tests/front           only these tests (folders or files), no checks of the sources
import { existsSync, globSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { hostsEnvironment } from "./lib/hosts.ts";
import { virtualEnvironment } from "./lib/python.ts";
import { assertNode, fail, root, run, step, tryRun } from "./lib/steps.ts";
import { versionsEnvironments } from "./lib/versions.ts";

assertNode();
const folder = join(root, ".venv");
await virtualEnvironment(
  folder,
  join(root, "requirements-dev.txt"),
  "Installing Python packages for the tests",
);
const python = (tool: string): string => join(folder, "bin", tool);

const chosen = process.argv.slice(2);
if (chosen.length === 0) {
  await step("Types", () => run(["tsc", "--noEmit"]));
  await step("Lint", () => run(["oxlint", "--deny-warnings"]));
  await step("Format", () => run(["oxfmt", "--check", "."]));
  await step("Python: lint", () => run([python("ruff"), "check", "."]));
  await step("Python: format", () => run([python("ruff"), "format", "--check", "."]));
  await step("Python: types", () => run([python("mypy")]));
  await step("Reference docs are up to date", () =>
    run(["node", "scripts/reference.ts", "--check"]),
  );
}

for (const path of chosen) {
  if (!existsSync(join(root, path)))
    fail(`there is no ${path}; tests are folders and files of tests/`);
}
const files = (chosen.length > 0 ? chosen : ["tests"]).flatMap((path) =>
  statSync(join(root, path)).isDirectory()
    ? globSync(`${path}/**/*.test.ts`, { cwd: root, exclude: (name) => name === "node_modules" })
    : [path],
);
if (files.length === 0) fail(`there are no tests in ${chosen.join(", ")}`);
const among = (folder: string): boolean =>
  files.some((file) => join(file).startsWith(join("tests", folder)));
const withHosts = among("hosts");
if (withHosts || among("faults")) await hostsEnvironment();
if (among("versions")) await versionsEnvironments();
// Of the matrix of hosts, nothing may be left from an earlier run.
if (chosen.length === 0) rmSync(join(root, ".cache", "hosts"), { recursive: true, force: true });
// One file at a time: they measure times, on machines with few cores.
const status = await tryRun([
  "node",
  "--conditions=quintet-source",
  "--test",
  "--test-concurrency=1",
  "--test-timeout=300000",
  "--test-reporter=spec",
  ...files.toSorted(),
]);
if (withHosts && status === 0) {
  await step("The matrix of hosts", () => run(["node", "scripts/hosts.ts"]));
}
process.exit(status);
