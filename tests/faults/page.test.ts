import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { changes, faults } from "../../faults/scenarios/all.ts";
import { root } from "../../testing/paths.ts";

/** These faults must not lose a request. */
const LOSSLESS = new Set(changes.map(({ id }) => id));

test("docs/reference/faults.md has exactly the faults there are, and none that may not lose a request has", () => {
  const page = readFileSync(join(root, "docs", "reference", "faults.md"), "utf8");
  const rows = Array.from(page.matchAll(/^\| ([^|]+) \| ([\d,]+) of [\d,]+ · /gm));
  assert.deepEqual(
    rows.map(([, title]) => title),
    faults.map(({ title }) => title),
    "it is not of these faults: npm run faults",
  );
  for (const [index, { id, title }] of faults.entries()) {
    if (LOSSLESS.has(id)) assert.equal(rows[index]?.[2], "0", title);
  }
});
