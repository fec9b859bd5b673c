import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { databases, manage, omsEnvironment } from "../../testing/oms.ts";
import { folderWith } from "../../testing/temp.ts";

// Half of the time went into hashing passwords of users who log in nowhere else; this is what Django advises for tests.
const quick = folderWith({
  "quick_settings.py": `from oms.settings import *
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
`,
});

describe("the example", { concurrency: true }, () => {
  for (const { name, skip, open } of databases) {
    test(`passes its own tests on ${name}`, { skip }, async () => {
      const database = await open();
      try {
        const env = { ...omsEnvironment(database), PYTHONPATH: quick };
        const said = await manage(env, "test", "--no-input", "--settings=quick_settings");
        const ran = Number(/^Ran (\d+) tests in/m.exec(said)?.[1]);
        assert.ok(ran > 50, said);
        const end = /^OK(?: \(skipped=(\d+)\))?$/m.exec(said);
        assert.ok(end, said);
        // On SQLite, tests with several connections competing for a row are skipped.
        const skipped = Number(end[1] ?? 0);
        assert.ok(name === "PostgreSQL" ? skipped === 0 : skipped < 5, said);
      } finally {
        await database.stop();
      }
    });
  }

  test("has migrations that make the tables of its models", async () => {
    const [sqlite] = databases;
    const database = await (sqlite as (typeof databases)[number]).open();
    const check = ["makemigrations", "--check", "--dry-run"];
    assert.match(await manage(omsEnvironment(database), ...check), /No changes detected/);
  });
});
