// The matrix of docs/reference/hosts.md, from what the tests of tests/hosts have just found. npm test runs this after
// them. In CI a cell that was not run is a failure, and so is a page that says something else.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BehaviourName, behaviours } from "../tests/hosts/behaviours.ts";
import { hosts } from "../tests/hosts/hosts.ts";
import { type Results, resultsFolder } from "../tests/hosts/results.ts";
import { fail, root } from "./lib/steps.ts";

const names = Object.keys(behaviours) as BehaviourName[];
const reasons: string[] = [];
const notRun: string[] = [];

function resultsOf(id: string): Results {
  const file = join(resultsFolder, `${id}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
}

/** The number of a footnote; equal reasons share one. */
function footnote(reason: string): string {
  if (!reasons.includes(reason)) reasons.push(reason);
  return `<sup>${reasons.indexOf(reason) + 1}</sup>`;
}

const results = hosts.map((host) => resultsOf(host.id));
const rows = names.map((name) => {
  const cells = hosts.map((host, index) => {
    const found = results[index]?.[name];
    if (found === undefined) notRun.push(`${host.title}: ${behaviours[name].title}`);
    return found === "yes" ? "✓" : `– ${footnote(host.cannot[name] ?? "")}`;
  });
  return `| ${behaviours[name].title} | ${cells.join(" | ")} |`;
});

if (notRun.length > 0) {
  const list = notRun.slice(0, 10).map((each) => `  ${each}\n`);
  if (process.env.CI) fail(`cells of docs/reference/hosts.md were not run:\n${list.join("")}`);
  process.stdout.write(
    `docs/reference/hosts.md is left as it is: ${notRun.length} of its cells were not run here, or have failed\n`,
  );
  process.exit();
}

const page = `# Hosts

Made by \`npm test\`: each cell is a test in \`tests/hosts\`, run with the real server, configured as on its page. A dash is
tested, too: its test fails as soon as the server can do it.

Every server runs the \`wsgi.ts\` of the [example](../../examples/oms/README.md).

| | ${hosts.map(({ title, page }) => `[${title}](../guide/${page})`).join(" | ")} |
| --- |${" :-: |".repeat(hosts.length)}
${rows.join("\n")}

${reasons.map((reason, index) => `${index + 1}. ${reason}`).join("\n")}
`;

const file = join(root, "docs", "reference", "hosts.md");
const before = existsSync(file) ? readFileSync(file, "utf8") : "";
if (before !== page) {
  if (process.env.CI)
    fail("docs/reference/hosts.md does not say what the tests have found: npm test -- tests/hosts");
  writeFileSync(file, page);
  process.stdout.write("docs/reference/hosts.md is new: commit it\n");
}
