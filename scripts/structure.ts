// npm run structure: checks that imports in src/ point down, and draws the rooms into CONTRIBUTING.md. --check only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./lib/steps.ts";
import { roomGraph } from "./structure/graph.ts";
import { readImports } from "./structure/imports.ts";

const FILE = "CONTRIBUTING.md";
const GRAPH = /(<!-- rooms: npm run structure -->\n)[^]*?(\n<!-- \/rooms -->)/;

const { all, violations } = await readImports();
if (violations.length > 0) {
  fail(
    `src/ breaks the order of its rooms (scripts/structure/rooms.ts):\n${violations.join("\n")}`,
  );
}
const path = join(root, FILE);
const before = readFileSync(path, "utf8");
if (!GRAPH.test(before)) fail(`${FILE} has no place for the graph of the rooms`);
const after = before.replace(
  GRAPH,
  (_, begin: string, end: string) => begin + roomGraph(all) + end,
);
if (!process.argv.includes("--check")) writeFileSync(path, after);
else if (after !== before) fail(`the graph in ${FILE} is not up to date: npm run structure`);
