// The two tables of what commands, signals, orders and messages are: that of the master, in Python, and that of Node.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as table from "../../src/master/control-table.ts";
import { shareOf } from "../../src/master/front-share.ts";
import { python, root } from "../../testing/paths.ts";

/** All constants of the Python table, as JSON. */
const PRINT = `
import json, sys
sys.path.insert(0, "python")
from quintet.master.control import table
print(json.dumps({name: value for name, value in vars(table).items() if name.isupper()}))
`;

const fromPython = JSON.parse(
  execFileSync(python, ["-c", PRINT], { cwd: root, encoding: "utf8" }),
) as Record<string, unknown>;

const SECONDS = /_SECONDS$/;
const fieldsOf = (of: Record<string, object>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(of).map(([name, fields]) => [name, Object.keys(fields)]));

test("the table of the master and that of a server without one have the same entries", () => {
  const inPython = Object.fromEntries(
    Object.entries(fromPython).map(([name, value]) =>
      SECONDS.test(name) ? [name.replace(SECONDS, "_MS"), (value as number) * 1000] : [name, value],
    ),
  );
  const { MAX_QUESTION_CHARACTERS, ORDERS, ...same } = table;
  assert.deepEqual(inPython, {
    ...same,
    ORDERS: fieldsOf(ORDERS),
    MAX_QUESTION_BYTES: MAX_QUESTION_CHARACTERS,
    MAX_WORKERS: table.COMMANDS.scale?.workers?.[1],
  });
});

test("the guide has every signal", () => {
  const guide = readFileSync(join(root, "docs/guide/operating.md"), "utf8");
  for (const name of Object.keys(table.SIGNALS))
    assert.match(guide, new RegExp(`\\b(SIG)?${name.slice(3)}\\b`), name);
});

test("both languages divide a number among fronts in the same way, without a remainder", () => {
  const code = `
import json, sys
sys.path.insert(0, "python")
from quintet.master.fronts.shares import share
print(json.dumps([[[share(n, i, of) for i in range(of)] for of in range(1, 9)] for n in range(0, 70)]))
`;
  const shares = JSON.parse(execFileSync(python, ["-c", code], { cwd: root, encoding: "utf8" }));
  for (let number = 0; number < 70; number += 1)
    for (let of = 1; of < 9; of += 1) {
      const parts = Array.from({ length: of }, (_, index) => shareOf(number, { index, of }));
      assert.deepEqual(parts, shares[number][of - 1], `${number} among ${of}`);
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0),
        number,
      );
    }
});
