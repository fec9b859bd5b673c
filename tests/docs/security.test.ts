import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../testing/paths.ts";

test("each claim of SECURITY.md names a test, and that is there", () => {
  const text = readFileSync(join(root, "SECURITY.md"), "utf8");
  const rows = text.split("\n").filter((line) => /^\| (?!what holds|---)/.test(line));
  assert.ok(rows.length >= 20, `${rows.length} claims`);
  for (const row of rows) {
    const named = row.match(/`tests\/[\w/-]+`/g) ?? [];
    assert.ok(named.length > 0, row);
    for (const name of named) {
      const path = join(root, name.slice(1, -1));
      const isThere = [".test.ts", ".alone.test.ts"].some((end) => existsSync(path + end));
      assert.ok(isThere, `${name} is not there`);
    }
  }
});
