import assert from "node:assert/strict";
import { test } from "node:test";
import { databases, manage, omsEnvironment } from "../../testing/oms.ts";

for (const { name, skip, open } of databases) {
  test(`the example's own tests pass on ${name}`, { skip }, async () => {
    const database = await open();
    try {
      const said = await manage(omsEnvironment(database), "test", "--no-input");
      const ran = Number(/^Ran (\d+) tests in/m.exec(said)?.[1]);
      assert.ok(ran > 50, said);
      const end = /^OK(?: \(skipped=(\d+)\))?$/m.exec(said);
      assert.ok(end, said);
      // On SQLite those are, in which several connections compete for a row.
      const skipped = Number(end[1] ?? 0);
      assert.ok(name === "PostgreSQL" ? skipped === 0 : skipped < 5, said);
    } finally {
      await database.stop();
    }
  });
}

test("the example's migrations make the tables of its models", async () => {
  const [sqlite] = databases;
  const database = await (sqlite as (typeof databases)[number]).open();
  const check = ["makemigrations", "--check", "--dry-run"];
  assert.match(await manage(omsEnvironment(database), ...check), /No changes detected/);
});
